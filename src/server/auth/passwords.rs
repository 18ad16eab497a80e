//! Passwords: how they are hashed and verified.

use std::sync::Arc;

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

/// How many passwords are hashed at once. Each takes 19 MiB and a core; more at once would only starve the rest.
const AT_ONCE: usize = 2;

/// The hash of a password nobody knows, with the cost of a real one: verified where there is no user, so that the
/// time an answer takes does not tell who exists.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2VydmljZS1tYW5hZ2Vy$ij4g5y7tyPNP/QKPSrJ1oQoMAnUZuCkfGy5nPOH1gLk";

/// A password could not be hashed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The hash function refused.
    #[error("a password could not be hashed: {0}")]
    Hash(#[from] argon2::password_hash::Error),
    /// The thread that hashed went away.
    #[error("a password could not be hashed: {0}")]
    Task(#[from] tokio::task::JoinError),
    /// The program is ending.
    #[error("a password could not be hashed: {0}")]
    Closed(#[from] tokio::sync::AcquireError),
}

/// The one place where passwords are hashed. Cloning it shares the limit.
#[derive(Clone)]
pub struct Passwords {
    at_once: Arc<Semaphore>,
}

/// A password that nobody had to think of: 122 random bits.
pub fn generated() -> SecretString {
    SecretString::from(uuid::Uuid::new_v4().simple().to_string())
}

impl Default for Passwords {
    fn default() -> Self {
        Self { at_once: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Passwords {
    /// The argon2id hash of a password, in PHC form.
    pub async fn hash(&self, password: SecretString) -> Result<String, PasswordError> {
        let permit = self.at_once.clone().acquire_owned().await?;
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            Ok(Argon2::default().hash_password(password.expose_secret().as_bytes())?.to_string())
        })
        .await?
    }

    /// Whether a password belongs to this hash. Without a hash the answer is no, after as much work.
    pub async fn verify(&self, password: SecretString, hash: Option<String>) -> Result<bool, PasswordError> {
        let permit = self.at_once.clone().acquire_owned().await?;
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let known = hash.as_deref().unwrap_or(NOBODYS);
            let fits = Argon2::default().verify_password(password.expose_secret().as_bytes(), known).is_ok();
            Ok(fits && hash.is_some())
        })
        .await?
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::phc::PasswordHash;

    use super::*;

    /// The cost that every hash must have, and nobody's as well.
    const COST: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

    #[tokio::test]
    async fn a_password_is_known_again_and_its_hash_has_the_promised_cost() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse battery".into()).await.expect("hashed");
        assert!(hash.starts_with(COST), "{hash}");
        assert!(NOBODYS.starts_with(COST));
        assert!(passwords.verify("correct horse battery".into(), Some(hash.clone())).await.expect("verified"));
        assert!(!passwords.verify("correct horse batterz".into(), Some(hash)).await.expect("verified"));
    }

    #[tokio::test]
    async fn without_a_user_the_work_is_done_all_the_same() {
        PasswordHash::new(NOBODYS).expect("a real hash, so that verifying it takes its time");
        assert!(!Passwords::default().verify("any password".into(), None).await.expect("verified"));
    }
}
