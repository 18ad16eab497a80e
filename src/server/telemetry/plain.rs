//! Takes the power out of control characters.

use std::fmt::{self, Write as _};
use std::io;

use tracing::field::Field;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;

/// Writes one field of a line for people: the message as it is, and after it each `name=value`, with control
/// characters as Rust writes them.
pub fn field(writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    match field.name() {
        "message" => write!(Escaped(writer), "{value:?}"),
        // Where a line of the `log` crate came from.
        name if name.starts_with("log.") => Ok(()),
        // The one field of the one span: nothing stands before it.
        name @ "request.id" => write!(Escaped(writer), "{name}={value:?}"),
        name => write!(Escaped(writer), " {name}={value:?}"),
    }
}

struct Escaped<'a, 'b>(&'a mut Writer<'b>);

impl fmt::Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for piece in text.split_inclusive(char::is_control) {
            match piece.chars().next_back().filter(|last| last.is_control()) {
                Some(control) => {
                    self.0.write_str(&piece[..piece.len() - control.len_utf8()])?;
                    write!(self.0, "{}", control.escape_default())?;
                }
                None => self.0.write_str(piece)?,
            }
        }
        Ok(())
    }
}

/// A writer of JSON lines, which hold every control character below space as `\u….` already. This one does the same
/// for the others, U+007F to U+009F, to which some terminals listen too.
pub struct Plain<W>(pub W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Plain<W> {
    type Writer = Plain<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Plain(self.0.make_writer())
    }
}

impl<W: io::Write> io::Write for Plain<W> {
    /// Takes whole lines, as they come, so that no character is ever split.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let mut plain = String::with_capacity(text.len());
        for character in text.chars() {
            match character {
                '\u{7f}'..='\u{9f}' => plain.push_str(&format!("\\u{:04x}", u32::from(character))),
                other => plain.push(other),
            }
        }
        self.0.write_all(plain.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, PoisonError};

    use serde_json::Value;

    use crate::server::config::LogConfig;
    use crate::server::telemetry::logger;

    const EVIL: &str = "evil\r\n\u{1b}[31m\u{7f}\u{9b}";

    /// What is logged within `log`.
    fn logged(json: bool, log: impl FnOnce()) -> String {
        let written = Arc::new(Mutex::new(Vec::new()));
        let writer = written.clone();
        let config = LogConfig { filter: "debug".to_owned(), json };
        let logger = logger(&config, move || Shared(writer.clone()), false).expect("a good filter");
        tracing::dispatcher::with_default(&logger, log);
        let bytes = written.lock().unwrap_or_else(PoisonError::into_inner).clone();
        String::from_utf8(bytes).expect("text")
    }

    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn log_evil_everywhere() {
        let error = std::io::Error::other(EVIL);
        tracing::warn!(user.name = EVIL, service.id = %EVIL, error = %error, cause = ?EVIL, "published to {EVIL}");
    }

    #[test]
    fn a_line_for_people_stays_one_line_without_control_characters() {
        let text = logged(false, log_evil_everywhere);
        let line = text.strip_suffix('\n').expect("a line");
        assert!(!line.contains(char::is_control), "{line:?}");
        let escaped = r"evil\r\n\u{1b}[31m\u{7f}\u{9b}";
        for part in [
            format!(" WARN published to {escaped} user.name=\"{escaped}\""),
            format!(" service.id={escaped} "),
            format!(" error={escaped} "),
            format!(" cause=\"{escaped}\""),
        ] {
            assert!(line.contains(&part), "{part} in {line}");
        }
    }

    #[test]
    fn a_line_of_json_stays_one_line_without_control_characters_and_says_the_same() {
        let text = logged(true, log_evil_everywhere);
        let line = text.strip_suffix('\n').expect("a line");
        assert!(!line.contains(char::is_control), "{line:?}");
        let fields: Value = serde_json::from_str(line).expect("JSON");
        for (name, value) in [("user.name", EVIL), ("service.id", EVIL), ("error", EVIL)] {
            assert_eq!(fields[name], value, "{name}");
        }
        assert_eq!((&fields["level"], &fields["message"]), (&"WARN".into(), &format!("published to {EVIL}").into()));
    }
}
