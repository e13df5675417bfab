use base::{Error, Result, limit};
use idna::AsciiDenyList;
use unicode_normalization::UnicodeNormalization;

use super::text;
use super::visible::is_visible;

/// Validates an e-mail address: `local@domain`, at most [`limit::EMAIL_LENGTH`] characters, without
/// a display name, brackets, a scheme or invisible characters. The domain must be a valid
/// internationalized domain name. Quoted local parts are not supported.
pub fn email(pointer: &'static str, address: &str) -> Result<()> {
    text(pointer, address, limit::EMAIL_LENGTH)?;
    if address
        .rsplit_once('@')
        .is_some_and(|(local, domain)| is_local(local) && ascii_domain(domain).is_some())
    {
        Ok(())
    } else {
        Err(Error::invalid(
            pointer,
            "must be an e-mail address such as ada@example.com",
        ))
    }
}

fn is_local(local: &str) -> bool {
    let allowed = |character: char| {
        if character.is_ascii() {
            character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(character)
        } else {
            is_visible(character)
        }
    };
    !local.is_empty() && local.chars().all(allowed)
}

/// Returns the domain in ASCII, or `None` if it is invalid.
fn ascii_domain(domain: &str) -> Option<String> {
    if !domain.chars().all(is_visible) {
        return None;
    }
    let ascii = idna::domain_to_ascii_cow(domain.as_bytes(), AsciiDenyList::URL).ok()?;
    ascii
        .split('.')
        .all(|label| !label.is_empty())
        .then(|| ascii.into_owned())
}

/// Returns the key under which an address is unique: in lower case and NFC, its domain in ASCII.
/// Addresses that differ in case, Unicode form or the writing of their domain have one key.
#[must_use]
pub fn email_key(address: &str) -> String {
    let lower = address.to_lowercase();
    let Some((local, domain)) = lower.rsplit_once('@') else {
        return lower;
    };
    match ascii_domain(domain) {
        Some(domain) => format!("{}@{domain}", local.nfc()),
        None => lower,
    }
}

/// Returns the keys of an address that rows written by earlier versions may have: its lower case in
/// any Unicode form. Empty for addresses with a single form, as nearly all have.
#[must_use]
pub fn former_email_keys(address: &str) -> Vec<String> {
    let key = email_key(address);
    let lower = address.to_lowercase();
    let Some((local, domain)) = lower.rsplit_once('@') else {
        return Vec::new();
    };
    let (unicode, _) = idna::domain_to_unicode(domain);
    let locals = [
        local.to_owned(),
        local.nfc().collect(),
        local.nfd().collect(),
    ];
    let domains = [
        domain.to_owned(),
        domain.nfc().collect(),
        domain.nfd().collect(),
        unicode.nfd().collect(),
        unicode,
    ];
    let mut keys = Vec::new();
    for former in domains
        .iter()
        .flat_map(|domain| locals.iter().map(move |local| format!("{local}@{domain}")))
    {
        if former != key && !keys.contains(&former) {
            keys.push(former);
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_has_local_part_and_domain() {
        for good in [
            "ada@example.com",
            "ada+chat@mail.example",
            "ada@localhost",
            "jürgen@bücher.example",
            "o'brien@example.com",
            "用户@例子.公司",
        ] {
            assert!(email("/email", good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a@b@c",
            "ada@.com",
            "ada@example.",
            "a da@example.com",
            "a\0@b",
            "a\u{200b}@b.c",
            "a@b\u{200b}.c",
            "\u{202e}a@b.c",
            "<a@b.c>",
            "Ada <a@b.c>",
            "mailto:a@b.c",
            "a@b.c,d@e.f",
            "a@b.c>",
            "a@b/c",
            "a@\u{3164}.c",
        ] {
            assert!(email("/email", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn forms_of_one_address_have_one_key() {
        for (one, other) in [
            ("Ada@Example.com", "ada@example.COM"),
            ("j\u{fc}rgen@example.com", "ju\u{308}rgen@example.com"),
            ("ada@b\u{fc}cher.example", "ada@bu\u{308}cher.example"),
            ("ada@bücher.example", "ada@xn--bcher-kva.example"),
            ("ada@bücher.example", "ada@BÜCHER.example"),
        ] {
            assert_eq!(email_key(one), email_key(other));
            assert!(
                email_key(one) == one.to_lowercase()
                    || former_email_keys(other).contains(&one.to_lowercase()),
                "{one}"
            );
        }
        assert_eq!(email_key("ada@例子。公司"), email_key("ada@例子.公司"));
        assert_ne!(email_key("ada@example.com"), email_key("ada@example.org"));
        assert!(former_email_keys("Ada@example.com").is_empty());
    }
}
