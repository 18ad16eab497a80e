//! The page's icons: strokes on a 16 × 16 grid, in the colour of the text around them.

use leptos::prelude::*;

/// One icon. Each stands beside a word and says nothing by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconName {
    /// The program's mark.
    Mark,
    /// It works.
    Play,
    /// It waits.
    Clock,
    /// It is on its way.
    Spinner,
    /// It rests.
    Pause,
    /// It was stopped.
    Stop,
    /// Something is wrong.
    Warning,
    /// It failed.
    Cross,
    /// It went well.
    Check,
    /// A word of its own.
    Dot,
    /// Do it again.
    Refresh,
    /// Find.
    Search,
    /// By day.
    Sun,
    /// By night.
    Moon,
    /// As the system.
    Screen,
    /// More below.
    Chevron,
    /// There are other things to do.
    More,
    /// The data is made up.
    Flask,
}

impl IconName {
    const fn path(self) -> &'static str {
        match self {
            Self::Mark => "M1.5 9h2.6l1.9-5.5 3.6 9L11.6 9h2.9",
            Self::Play => "M5 3.2v9.6l7.6-4.8z",
            Self::Clock => "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 4.6V8l2.3 1.6",
            Self::Spinner => "M8 1.8A6.2 6.2 0 1 1 1.8 8",
            Self::Pause => "M5.5 3.5v9M10.5 3.5v9",
            Self::Stop => "M3.8 3.8h8.4v8.4H3.8z",
            Self::Warning => "M8 2.2 14.4 13.4H1.6zM8 6.6v3M8 11.5v.1",
            Self::Cross => "m4 4 8 8M12 4l-8 8",
            Self::Check => "m2.8 8.6 3.4 3.4 7-7.6",
            Self::Dot => "M8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z",
            Self::Refresh => "M13.8 8a5.8 5.8 0 1 1-1.7-4.1M13.8 1.6v3.2h-3.2",
            Self::Search => "M7 2.4a4.6 4.6 0 1 0 0 9.2 4.6 4.6 0 0 0 0-9.2zM10.4 10.4l3.6 3.6",
            Self::Sun => {
                "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1v1.4M8 13.6V15M1 8h1.4M13.6 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1"
            }
            Self::Moon => "M13.6 9.7A5.9 5.9 0 0 1 6.3 2.4a5.9 5.9 0 1 0 7.3 7.3z",
            Self::Screen => "M1.8 3h12.4v7.8H1.8zM5.4 13.6h5.2M8 10.8v2.8",
            Self::Chevron => "m4.5 6.5 3.5 3.5 3.5-3.5",
            Self::More => "M3.2 8v.1M8 8v.1M12.8 8v.1",
            Self::Flask => {
                "M6.2 1.8h3.6M6.8 1.8v4.4L2.9 13a.8.8 0 0 0 .7 1.2h8.8a.8.8 0 0 0 .7-1.2L9.2 6.2V1.8M4.8 10.2h6.4"
            }
        }
    }
}

/// Draws an icon.
#[component]
pub fn Icon(
    /// Which one.
    name: IconName,
) -> impl IntoView {
    let class = if name == IconName::Spinner { "icon icon-spins" } else { "icon" };
    view! {
        <svg class=class width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
            <path d=name.path()></path>
        </svg>
    }
}
