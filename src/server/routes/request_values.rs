//! Values that requests bring, each with its rule.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::error::ApiError;
use crate::model::lenient;
use crate::model::service::Control;

/// The longest number of an account, in characters.
const LONGEST_ACCOUNT: usize = 64;

/// The number of one of the bank's users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = u64, minimum = 1, maximum = 9007199254740991u64)]
pub struct UserNumber(pub u64);

/// The number of an account, as the core banking system writes it.
#[derive(Clone, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, min_length = 1, max_length = 64, pattern = "^[!-~]{1,64}$")]
pub struct AccountNumber(pub String);

impl<'de> Deserialize<'de> for UserNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let number =
            value.as_number().and_then(lenient::whole).filter(|number| (1..=lenient::LARGEST).contains(number));
        let rule = || format!("it must be a whole number from 1 to {}", lenient::LARGEST);
        number.map(Self).ok_or_else(|| serde::de::Error::custom(rule()))
    }
}

impl<'de> Deserialize<'de> for AccountNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let is_good = |text: &&str| {
            (1..=LONGEST_ACCOUNT).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let text = value.as_str().filter(is_good);
        let rule = || format!("it must be a text of 1 to {LONGEST_ACCOUNT} visible ASCII characters");
        text.map(|text| Self(text.to_owned())).ok_or_else(|| serde::de::Error::custom(rule()))
    }
}

/// What a service shall do, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = Control)]
pub struct ControlName(pub Control);

impl<'de> Deserialize<'de> for ControlName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let named = value.as_str().and_then(|name| Control::ALL.into_iter().find(|control| control.name() == name));
        let rule = || format!("it must be one of {}", Control::ALL.map(Control::name).join(", "));
        named.map(Self).ok_or_else(|| serde::de::Error::custom(rule()))
    }
}

/// How many things an address asks for at most; `usual` if it does not say. 422 for anything but a whole number from 1 to
/// `most`.
pub fn checked_limit(text: Option<&str>, usual: usize, most: usize) -> Result<usize, ApiError> {
    let Some(text) = text else { return Ok(usual) };
    let number = text.parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| ApiError::Invalid {
        field: "limit".to_owned(),
        rule: format!("it must be a whole number from 1 to {most}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_number_is_whole_and_positive_however_it_is_written() {
        let read = |text: &str| serde_json::from_str::<UserNumber>(text).ok();
        assert_eq!(
            (read("1"), read("7.0"), read("9007199254740991")),
            (Some(UserNumber(1)), Some(UserNumber(7)), Some(UserNumber(9_007_199_254_740_991)))
        );
        for bad in ["0", "-1", "1.5", "\"1\"", "null", "[1]", "9007199254740992", "1e300", "true"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_account_number_is_a_short_plain_text() {
        let read = |text: &str| serde_json::from_str::<AccountNumber>(text).ok();
        assert_eq!(read("\"10000001-01\""), Some(AccountNumber("10000001-01".to_owned())));
        for bad in ["1", "\"\"", "\"a b\"", "\"é\"", "null", &format!("\"{}\"", "1".repeat(65))] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_limit_is_a_whole_number_within_its_bounds() {
        assert_eq!((checked_limit(None, 20, 100), checked_limit(Some("100"), 20, 100)), (Ok(20), Ok(100)));
        for bad in ["0", "101", "-1", "1.5", "", "ten"] {
            assert!(checked_limit(Some(bad), 20, 100).is_err(), "{bad:?}");
        }
    }
}
