//! JSON as text: made fit for one line of an event stream without re-encoding a single value.

/// How deep a message may nest. The browser's parser gives up at 128; a full message adds three levels.
pub const MAX_DEPTH: usize = 32;

/// The text nests deeper than [`MAX_DEPTH`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it nests deeper than {MAX_DEPTH} levels")]
pub struct TooDeep;

/// Removes the white space between the tokens of valid JSON, so that it holds no line break.
///
/// Values stay exactly as they were written: parsing and printing again would lose digits of large numbers.
pub fn compact(json: &str) -> Result<String, TooDeep> {
    let mut compacted = String::with_capacity(json.len());
    let mut in_string = false;
    let mut escaped = false;
    let mut depth = 0usize;
    for letter in json.chars() {
        if in_string {
            compacted.push(letter);
            in_string = escaped || letter != '"';
            escaped = letter == '\\' && !escaped;
            continue;
        }
        match letter {
            ' ' | '\t' | '\n' | '\r' => continue,
            '"' => in_string = true,
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(TooDeep);
        }
        compacted.push(letter);
    }
    Ok(compacted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_goes_and_values_stay() {
        let text = "{\r\n \"a\" : [ 1.0 , 12345678901234567890123 ],\t\"b c\": \"d \\\" e\\\\\" , \"f\" : { } }";
        let expected = "{\"a\":[1.0,12345678901234567890123],\"b c\":\"d \\\" e\\\\\",\"f\":{}}";
        assert_eq!(compact(text), Ok(expected.to_owned()));
    }

    #[test]
    fn deep_nesting_is_refused() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(compact(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(compact(&nested(MAX_DEPTH + 1)), Err(TooDeep));
    }
}
