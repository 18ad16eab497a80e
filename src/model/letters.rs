//! What a letter of a text may do to those around it.

/// Control characters, and those that turn the order of the letters around them.
pub fn is_unseen(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
