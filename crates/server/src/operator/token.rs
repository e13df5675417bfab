use crate::config::{Admin, Secret};
use crate::refusal::Refusal;

/// Characters that a token has at least.
const LEAST: usize = 16;

/// Returns the token of the operator's listener, if one is configured.
///
/// # Errors
/// A sentence when its file cannot be read, or it is too short.
pub fn token(admin: &Admin) -> Result<Option<Secret>, Refusal> {
    let token = match (&admin.token, &admin.token_file) {
        (Some(_), Some(_)) => {
            return Err(Refusal::new(
                "Give CAAS_ADMIN_TOKEN or CAAS_ADMIN_TOKEN_FILE, not both.",
            ));
        }
        (None, None) => return Ok(None),
        (Some(token), None) => token.reveal().to_owned(),
        (None, Some(file)) => std::fs::read_to_string(file).map_err(|error| {
            Refusal::new(format!("The admin token {} cannot be read", file.display()))
                .caused_by(error)
        })?,
    };
    let token = token.trim();
    if token.len() < LEAST || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Refusal::new(format!(
            "The admin token (CAAS_ADMIN_TOKEN or its file) must have at least {LEAST} printable ASCII characters."
        )));
    }
    Ok(Some(token.to_owned().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_from_the_setting_or_its_file_and_is_long() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "0123456789abcdef\n").unwrap();
        let of_file = Admin {
            token_file: Some(file.clone()),
            ..Admin::default()
        };
        assert_eq!(
            token(&of_file).unwrap().unwrap().reveal(),
            "0123456789abcdef"
        );
        assert!(token(&Admin::default()).unwrap().is_none());
        let given = |text: &str| Admin {
            token: Some(text.to_owned().into()),
            ..Admin::default()
        };
        assert!(token(&given("0123456789abcdef")).is_ok());
        for short in ["", "0123456789abcde", "0123456789 abcdef"] {
            assert!(token(&given(short)).is_err(), "{short}");
        }
        assert!(
            token(&Admin {
                token_file: Some(file),
                ..given("0123456789abcdef")
            })
            .is_err()
        );
    }
}
