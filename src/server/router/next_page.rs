//! Where a sign-in leads to: never to another site.

use std::fmt::Write;

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
        self.0.bytes().fold(String::with_capacity(self.0.len()), |mut text, byte| {
            if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
                text.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(text, "%{byte:02X}");
            }
            text
        })
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
