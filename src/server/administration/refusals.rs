//! Refusals in the words of the page.

use crate::api::error::ApiError;
use crate::server::administration::unavailable;
use crate::server::auth::tokens::TokenError;
use crate::server::auth::users::UserError;

/// The longest name of somebody or something that is written down, in characters: whoever asks may write anything.
const LONGEST_NAME: usize = 64;

/// A name as it is written down, when it may be none.
pub fn named(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}

/// Why something could not be done with a user.
pub fn of_user(error: UserError) -> ApiError {
    match error {
        UserError::Name => invalid("name", "it must be 1 to 64 of a-z, 0-9, '.', '_' and '-'"),
        UserError::Password => invalid("password", &error.to_string()),
        UserError::Exists(name) => ApiError::Conflict { reason: format!("User {name} exists already.") },
        UserError::Unknown(name) => ApiError::NotFound { what: format!("User {}", named(&name)) },
        UserError::LastAdmin(name) => ApiError::Conflict {
            reason: format!("{name} is the last administrator who may come in: nobody could administer any more."),
        },
        UserError::Hash(_) | UserError::Redis(_) | UserError::Audit(_) => unavailable(&error),
    }
}

/// Why something could not be done with a token.
pub fn of_token(error: TokenError) -> ApiError {
    match error {
        TokenError::Name => {
            invalid("name", "it must be 1 to 64 letters, digits, spaces and ASCII signs, not spaces alone")
        }
        TokenError::UnknownUser(name) => ApiError::NotFound { what: format!("User {}", named(&name)) },
        TokenError::Disabled(name) => ApiError::Conflict { reason: format!("User {name} is disabled.") },
        TokenError::RoleAboveUser { user, held, .. } => {
            invalid("role", &format!("it must be no higher than that of {user}, which is {held}"))
        }
        TokenError::Unknown(id) => ApiError::NotFound { what: format!("Token {}", named(&id)) },
        TokenError::Random(_) | TokenError::Redis(_) | TokenError::Audit(_) => unavailable(&error),
    }
}

fn invalid(field: &str, rule: &str) -> ApiError {
    ApiError::Invalid { field: field.to_owned(), rule: rule.to_owned() }
}
