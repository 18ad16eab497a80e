//! What other languages' JSON writers make of whole numbers and of nothing.

use serde::{Deserialize, Deserializer};
use serde_json::Number;

/// The largest whole number that every JSON reader keeps exactly.
pub const LARGEST: u64 = 9_007_199_254_740_991;

/// A number that is whole and not negative, however it is written: `5`, `5.0` and `5e0` are the same number.
pub fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = Number::deserialize(deserializer)?;
    whole(&number).ok_or_else(|| serde::de::Error::custom(format!("{number} is not a whole number of milliseconds")))
}

/// The same; `null` is the same as leaving the field out.
pub fn whole_number_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let number = Option::<Number>::deserialize(deserializer)?;
    let refused = |number| serde::de::Error::custom(format!("{number} is not a whole number of milliseconds"));
    number.map(|number| whole(&number).ok_or_else(|| refused(number))).transpose()
}

/// A list; `null` is an empty one.
pub fn list_or_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A number that is whole and not negative, if this one is.
pub fn whole(number: &Number) -> Option<u64> {
    let exact = 0.0..=LARGEST as f64;
    let from_float = || number.as_f64().filter(|float| float.fract() == 0.0 && exact.contains(float));
    number.as_u64().or_else(|| from_float().map(|float| float as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_may_be_written_in_any_way() {
        let read = |text: &str| whole_number(&mut serde_json::Deserializer::from_str(text)).ok();
        assert_eq!(read("1763900000000"), Some(1_763_900_000_000));
        assert_eq!(read("1763900000000.0"), Some(1_763_900_000_000));
        assert_eq!(read("1.7639e12"), Some(1_763_900_000_000));
        for bad in ["-1", "1.5", "1e300", "\"1\"", "null", "true"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
