use base::{Failure, Result, limit};

/// A text of at most so many characters, without NUL.
pub fn text(pointer: &'static str, text: &str, characters: usize) -> Result<()> {
    if text.contains('\0') {
        return Err(Failure::invalid(pointer, "must not hold NUL"));
    }
    if longer_than(text, characters) {
        return Err(Failure::invalid(pointer, format!("must have at most {characters} characters")));
    }
    Ok(())
}

/// A name of one line: 1 to [`limit::NAME_LENGTH`] characters, not only spaces.
pub fn name(pointer: &'static str, name: &str) -> Result<()> {
    line(pointer, name, limit::NAME_LENGTH)
}

/// The tenant's own word for a kind of event, an app or a session: 1 to
/// [`limit::LABEL_LENGTH`] characters of one line, not only spaces.
pub fn label(pointer: &'static str, label: &str) -> Result<()> {
    line(pointer, label, limit::LABEL_LENGTH)
}

fn line(pointer: &'static str, line: &str, characters: usize) -> Result<()> {
    text(pointer, line, characters)?;
    if line.trim().is_empty() {
        return Err(Failure::invalid(pointer, "must not be empty"));
    }
    if line.chars().any(char::is_control) {
        return Err(Failure::invalid(pointer, "must not hold control characters"));
    }
    Ok(())
}

/// A list of words such as roles: bounded, each once, each of 1 to
/// [`limit::ROLE_LENGTH`] characters of `[A-Za-z0-9_.:-]`.
pub fn words(pointer: &'static str, words: &[String], most: usize) -> Result<()> {
    if words.len() > most {
        return Err(Failure::invalid(pointer, format!("must have at most {most} entries")));
    }
    for (at, word) in words.iter().enumerate() {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte);
        let told = if !(1..=limit::ROLE_LENGTH).contains(&word.len()) || !word.bytes().all(legal) {
            format!("must be 1 to {} characters of A-Z a-z 0-9 _ . : -", limit::ROLE_LENGTH)
        } else if words[..at].contains(word) {
            "stands in the list already".to_owned()
        } else {
            continue;
        };
        return Err(Failure::invalid(format!("{pointer}/{at}"), told));
    }
    Ok(())
}

fn longer_than(text: &str, characters: usize) -> bool {
    text.len() > characters && text.chars().nth(characters).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_with_something_in_it() {
        assert!(name("/name", &"ß".repeat(limit::NAME_LENGTH)).is_ok());
        for bad in ["", "   ", "a\0b", "two\nlines", &"ß".repeat(limit::NAME_LENGTH + 1)] {
            assert_eq!(name("/name", bad).unwrap_err().faults[0].pointer, "/name", "{bad:?}");
        }
    }

    #[test]
    fn the_wrong_word_of_a_list_is_named() {
        let list = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        assert!(words("/roles", &list(&["admin", "shop:owner"]), 2).is_ok());
        assert_eq!(words("/roles", &list(&["admin", "$x"]), 2).unwrap_err().faults[0].pointer, "/roles/1");
        assert_eq!(words("/roles", &list(&["a", "a"]), 2).unwrap_err().faults[0].pointer, "/roles/1");
        assert_eq!(words("/roles", &list(&["a", "b", "c"]), 2).unwrap_err().faults[0].pointer, "/roles");
    }
}
