//! Why somebody does something, in their own words: what may be written there.

use crate::api::error::ApiError;
use crate::model::command::LONGEST_REASON;
use crate::model::letters::is_unseen;

/// The reason without white space around it; an empty text is none. 422 for one that is too long or not all seen.
pub fn checked(reason: Option<String>) -> Result<Option<String>, ApiError> {
    let Some(reason) = reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty()) else {
        return Ok(None);
    };
    if reason.chars().count() > LONGEST_REASON || reason.chars().any(is_unseen) {
        return Err(ApiError::Invalid {
            field: "reason".to_owned(),
            rule: format!("it must be at most {LONGEST_REASON} characters, each of which is seen"),
        });
    }
    Ok(Some(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_short_and_seen_or_none() {
        let read = |text: &str| checked(Some(text.to_owned()));
        assert_eq!((checked(None), read(" \n")), (Ok(None), Ok(None)));
        assert_eq!(read(" it hangs "), Ok(Some("it hangs".to_owned())));
        assert_eq!(read(&"é".repeat(LONGEST_REASON)), Ok(Some("é".repeat(LONGEST_REASON))));
        for bad in ["a\u{7}b", "\u{202e}gninrom", &"x".repeat(LONGEST_REASON + 1)] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
