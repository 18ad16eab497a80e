//! Puts changes into the page.

use crate::live::Live;
use crate::live::event_stream::incoming::Incoming;
use crate::live::event_stream::pending::Change;

/// In their order. One of another epoch than the table's changes nothing, and the console says so.
pub fn apply(live: Live, changes: Vec<Change>) {
    let mut fit = true;
    // Statuses that stand together go into the table together: new rows cost as much as the table is long.
    let mut statuses = Vec::new();
    for (change, at) in changes {
        if let Incoming::Status(message) = change {
            statuses.push((message, at));
            continue;
        }
        fit &= live.table.apply_statuses(std::mem::take(&mut statuses));
        match change {
            Incoming::Full(message) => live.table.apply_full(message, at),
            Incoming::Removed(removed) => fit &= live.table.apply_removed(removed, at),
            Incoming::Command(command) => {
                live.news.occasion();
                fit &= live.table.apply_command(command, at);
            }
            Incoming::Job(outcome) => {
                live.table.advance(at);
                live.jobs.ended(outcome);
                live.news.jobs_moved();
            }
            Incoming::Lanes(lanes) => {
                live.news.set_lanes(lanes.lanes);
                live.news.jobs_moved();
            }
            Incoming::Account(news) => live.news.account(news.user_id),
            // These never wait.
            Incoming::Status(_)
            | Incoming::Ping(_)
            | Incoming::Redis(_)
            | Incoming::Replaced
            | Incoming::SignedOut
            | Incoming::Shutdown(_)
            | Incoming::States(_) => {}
        }
    }
    fit &= live.table.apply_statuses(statuses);
    if !fit {
        web_sys::console::warn_1(&"An event of another epoch came before its full message.".into());
    }
}
