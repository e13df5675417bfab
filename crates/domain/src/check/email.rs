use base::{Failure, Result, limit};

use super::text;

/// An e-mail address: `local@domain` without spaces, at most
/// [`limit::EMAIL_LENGTH`] characters. Whether it exists only a mail can tell.
pub fn email(pointer: &'static str, address: &str) -> Result<()> {
    text(pointer, address, limit::EMAIL_LENGTH)?;
    let shaped = address.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !local.contains('@')
            && !domain.is_empty()
            && domain.split('.').all(|label| !label.is_empty())
    });
    if shaped && !address.chars().any(|character| character.is_whitespace() || character.is_control()) {
        Ok(())
    } else {
        Err(Failure::invalid(pointer, "must be an e-mail address such as ada@example.com"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_two_sides() {
        for good in ["ada@example.com", "ada+chat@mail.example", "ada@localhost", "jürgen@bücher.example"] {
            assert!(email("/email", good).is_ok(), "{good}");
        }
        for bad in ["", "ada", "@example.com", "ada@", "a@b@c", "ada@.com", "ada@example.", "a da@example.com", "a\0@b"]
        {
            assert!(email("/email", bad).is_err(), "{bad}");
        }
    }
}
