//! Texts that cannot be guessed, and the name by which the server knows them: it keeps their SHA-256 alone.

use sha2::{Digest, Sha256};

/// The letters of a random text.
pub const LENGTH: usize = 64;

/// The letters of an id.
const ID_LENGTH: usize = 12;

/// 256 random bits in hexadecimal.
pub fn text() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; LENGTH / 2];
    getrandom::fill(&mut bytes)?;
    Ok(hexadecimal(&bytes))
}

/// The SHA-256 of a text, in hexadecimal.
pub fn sha256(text: &[u8]) -> String {
    hexadecimal(&Sha256::digest(text))
}

/// The beginning of the SHA-256 of a random text: it tells what is kept under it apart and helps nobody to guess one.
pub fn id_of(sha256: &str) -> String {
    sha256.chars().take(ID_LENGTH).collect()
}

/// Whether a text has the form of a random one.
pub fn has_form(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_differ_and_the_server_keeps_another_word() {
        let (one, other) = (text().expect("random bytes"), text().expect("random bytes"));
        assert!(has_form(&one) && has_form(&other) && one != other);
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        for bad in ["", "short", &"g".repeat(LENGTH), &"a".repeat(LENGTH + 1)] {
            assert!(!has_form(bad), "{bad}");
        }
    }
}
