//! Where a sign-in leads to: never to another site.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What has a meaning of its own in the value of a query. A path stays readable.
const WRITTEN_OUT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where a sign-in leads to unless something else was asked for.
const HOME: &str = "/services";

/// A path of our own with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextPage(String);

impl NextPage {
    /// What was asked for, if it is a relative path with exactly one leading `/`; else the services.
    ///
    /// Browsers read `\` as `/` and pass over tabs and line breaks, so none of them may stand in it.
    pub fn checked(asked: Option<&str>) -> Self {
        let is_own = |path: &&str| {
            path.starts_with('/')
                && !path.starts_with("//")
                && path.len() <= 2_048
                && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        };
        Self(asked.filter(is_own).unwrap_or(HOME).to_owned())
    }

    /// The path, for a `Location`.
    pub fn path(&self) -> &str {
        &self.0
    }

    /// The path as the value of a query.
    pub fn encoded(&self) -> String {
        utf8_percent_encode(&self.0, WRITTEN_OUT).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_leads_to_our_own_pages_alone() {
        for own in ["/services", "/services?sort=name&q=a%20b", "/"] {
            assert_eq!(NextPage::checked(Some(own)).path(), own);
        }
        for foreign in [
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "services",
            "",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: x=y",
            "/é",
        ] {
            assert_eq!(NextPage::checked(Some(foreign)).path(), HOME, "{foreign:?}");
        }
        assert_eq!(NextPage::checked(None).path(), HOME);
    }

    #[test]
    fn a_path_survives_being_the_value_of_a_query() {
        assert_eq!(NextPage("/a?b=c&d=e f#".to_owned()).encoded(), "/a%3Fb%3Dc%26d%3De%20f%23");
    }
}
