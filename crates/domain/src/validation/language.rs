use base::{Error, Result, limit};

/// Validates the form of a BCP 47 language tag, such as `de`, `pt-BR` or `zh-Hant-TW`. Does not
/// check that the language exists.
pub fn language(pointer: &'static str, tag: &str) -> Result<()> {
    let mut parts = tag.split('-');
    let primary = parts.next().unwrap_or_default();
    let shaped = (2..=8).contains(&primary.len())
        && primary.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
    if shaped && tag.len() <= limit::LANGUAGE_LENGTH {
        Ok(())
    } else {
        Err(Error::invalid(
            pointer,
            "must be a language tag such as de or pt-BR",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tag_has_the_form_of_bcp_47() {
        for good in [
            "de",
            "pt-BR",
            "zh-Hant-TW",
            "sl-rozaj-biske-1994",
            "de-CH-1901",
        ] {
            assert!(language("/language", good).is_ok(), "{good}");
        }
        let long = format!("de{}", "-a".repeat(limit::LANGUAGE_LENGTH / 2));
        for bad in [
            "",
            "d",
            "de_DE",
            "de-",
            "-de",
            "1e",
            "deutschland",
            "de-ÄÖ",
            "de DE",
            &long,
        ] {
            assert_eq!(
                language("/language", bad).unwrap_err().faults[0].pointer,
                "/language",
                "{bad}"
            );
        }
    }
}
