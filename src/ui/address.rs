//! Addresses of our own pages with what they show in their query.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What has a meaning of its own in a query, or might have one somewhere.
const WRITTEN_OUT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path with a query; what is empty is left out.
pub fn address(path: &str, values: &[(&str, &str)]) -> String {
    let mut text = path.to_owned();
    let mut mark = '?';
    for (name, value) in values.iter().filter(|(_, value)| !value.is_empty()) {
        text.push(mark);
        text.push_str(name);
        text.push('=');
        text.extend(utf8_percent_encode(value, WRITTEN_OUT));
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
