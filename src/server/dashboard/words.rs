//! Numbers as the dashboard tells them.

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A number of things, or any number.
    Plain,
    /// How many each second.
    PerSecond,
    /// A time in ms.
    Milliseconds,
}

/// What is told where there is no number.
const NONE: &str = "–";

impl Unit {
    /// A number in its unit.
    pub fn tell(self, number: Option<f64>) -> String {
        let Some(number) = number else { return NONE.to_owned() };
        match self {
            Self::Plain => plain(number),
            Self::PerSecond => format!("{} /s", plain(number)),
            Self::Milliseconds if number >= 10_000.0 => format!("{} s", plain(number / 1_000.0)),
            Self::Milliseconds => format!("{} ms", plain(number)),
        }
    }
}

/// Three digits that count, and groups of three where there are many.
fn plain(number: f64) -> String {
    let size = number.abs();
    if size >= 1e15 {
        return format!("{number:.2e}");
    }
    if size > 0.0 && size < 0.001 {
        return format!("{number:.1e}");
    }
    let places = if size >= 100.0 || number.fract() == 0.0 {
        0
    } else if size >= 10.0 {
        1
    } else if size >= 1.0 {
        2
    } else {
        3
    };
    let text = format!("{number:.places$}");
    let text = if places > 0 { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
    grouped(&text)
}

/// `12 845`, apart by a space that does not break.
fn grouped(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    if digits.len() < 5 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    let mut told = sign.to_owned();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            told.push('\u{202f}');
        }
        told.push(digit);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_have_their_unit() {
        for (unit, number, said) in [
            (Unit::Plain, 0.0, "0"),
            (Unit::Plain, 12_845.0, "12\u{202f}845"),
            (Unit::Plain, -1_234_567.0, "-1\u{202f}234\u{202f}567"),
            (Unit::Plain, 0.25, "0.25"),
            (Unit::Plain, 0.000_012_34, "1.2e-5"),
            (Unit::Plain, 1.5e300, "1.50e300"),
            (Unit::PerSecond, 3.4567, "3.46 /s"),
            (Unit::PerSecond, 200.4, "200 /s"),
            (Unit::Milliseconds, 0.4321, "0.432 ms"),
            (Unit::Milliseconds, 850.0, "850 ms"),
            (Unit::Milliseconds, 12_400.0, "12.4 s"),
        ] {
            assert_eq!(unit.tell(Some(number)), said);
        }
        assert_eq!(Unit::Plain.tell(None), "–");
    }
}
