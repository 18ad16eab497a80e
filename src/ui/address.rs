//! Addresses of our own pages with what they show in their query.

use std::fmt::Write;

/// A path with a query; what is empty is left out.
pub fn address(path: &str, values: &[(&str, &str)]) -> String {
    let mut text = path.to_owned();
    let mut mark = '?';
    for (name, value) in values.iter().filter(|(_, value)| !value.is_empty()) {
        text.push(mark);
        text.push_str(name);
        text.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                text.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(text, "%{byte:02X}");
            }
        }
        mark = '&';
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_is_left_out_and_what_has_a_meaning_is_written_out() {
        assert_eq!(address("/jobs", &[("state", ""), ("q", "")]), "/jobs");
        assert_eq!(address("/jobs", &[("state", "dead"), ("q", "a b&é")]), "/jobs?state=dead&q=a%20b%26%C3%A9");
    }
}
