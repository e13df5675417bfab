use std::collections::HashSet;
use std::sync::LazyLock;

use base::{Error, ErrorCode, Result, limit};

/// The most common passwords of at least [`limit::PASSWORD_MIN_CHARACTERS`], in lower case.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// Characters of a name below which a password may contain it.
const SHORTEST_NAME: usize = 4;

/// Checks a new password: its length, that it is not a common one, and that it is not one of the
/// names of the user and the tenant with a few characters added. There are no rules on the kinds of
/// characters.
///
/// # Errors
/// 400 if the length is wrong, 422 `weak_password` with the reason.
pub(super) fn check(password: &str, names: &[&str]) -> Result<()> {
    let characters = password.chars().count();
    if characters < limit::PASSWORD_MIN_CHARACTERS {
        let message = format!(
            "must have at least {} characters",
            limit::PASSWORD_MIN_CHARACTERS
        );
        return Err(Error::invalid("/password", message));
    }
    if characters > limit::PASSWORD_CHARACTERS {
        let message = format!(
            "must have at most {} characters",
            limit::PASSWORD_CHARACTERS
        );
        return Err(Error::invalid("/password", message));
    }
    let lower = password.to_lowercase();
    if COMMON.contains(lower.as_str()) || repeats(&lower) {
        return Err(weak("is a common password".to_owned()));
    }
    let is_mostly_a_name = |name: &str| {
        let name = name.to_lowercase();
        let length = name.chars().count();
        length >= SHORTEST_NAME
            && lower.contains(&name)
            && characters - length < limit::PASSWORD_MIN_CHARACTERS / 2
    };
    if names.iter().any(|name| is_mostly_a_name(name)) {
        return Err(weak(
            "must not be a name with a few characters added".to_owned(),
        ));
    }
    Ok(())
}

/// Returns whether a password repeats one or two characters.
fn repeats(password: &str) -> bool {
    let distinct: HashSet<char> = password.chars().collect();
    distinct.len() < 3
}

/// Checks a password that is compared: it is not empty and has at most
/// [`limit::PASSWORD_CHARACTERS`].
///
/// # Errors
/// 400 that names `pointer`.
pub(super) fn check_length(pointer: &'static str, password: &str) -> Result<()> {
    let characters = password.chars().count();
    if (1..=limit::PASSWORD_CHARACTERS).contains(&characters) {
        return Ok(());
    }
    let message = format!("must have 1 to {} characters", limit::PASSWORD_CHARACTERS);
    Err(Error::invalid(pointer, message))
}

fn weak(detail: String) -> Error {
    let mut error = Error::invalid("/password", detail);
    error.code = ErrorCode::WeakPassword;
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_and_common_passwords_are_checked() {
        for password in [
            "short",
            "unbelievable",
            "UNBELIEVABLE",
            "aaaaaaaaaaaaaa",
            "abababababab",
        ] {
            assert!(check(password, &[]).is_err(), "{password}");
        }
        let longest = "ä".repeat(limit::PASSWORD_CHARACTERS - 2) + "bc";
        for password in ["quite a long phrase", &longest] {
            assert!(check(password, &[]).is_ok(), "{password}");
        }
        assert!(check(&format!("{longest}d"), &[]).is_err());
    }

    #[test]
    fn name_with_a_few_characters_added_is_rejected() {
        let names = ["ada.lovelace@example.com", "ada.lovelace", "Ada"];
        assert!(check("Ada.Lovelace1", &names).is_err());
        assert!(check("ada likes looms and cards", &names).is_ok());
    }
}
