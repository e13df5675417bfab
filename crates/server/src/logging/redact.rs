use std::borrow::Cow;

/// What credentials begin with, and what follows them up to a character that
/// cannot be part of one.
const MARKS: [&[u8]; 5] = [b"caas_sk_", b"caas_ss_", b"caas_pk_", b"eyJ", b"earer "];

/// Replaces credentials in a line of the log: API keys, signing secrets,
/// tokens, and passwords in addresses. Our own lines hold none; those of
/// libraries may.
pub(super) fn redact(line: &[u8]) -> Cow<'_, [u8]> {
    let mut redacted: Option<Vec<u8>> = None;
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        let secret = MARKS
            .iter()
            .find_map(|mark| credential(rest, mark))
            .or_else(|| password(rest));
        if let Some(Secret { kept, length }) = secret {
            let output = redacted.get_or_insert_with(|| line[..at].to_vec());
            output.extend_from_slice(&rest[..kept]);
            output.extend_from_slice("…".as_bytes());
            at += length;
        } else {
            if let Some(output) = &mut redacted {
                output.push(rest[0]);
            }
            at += 1;
        }
    }
    redacted.map_or(Cow::Borrowed(line), Cow::Owned)
}

/// A secret at the beginning of a text.
struct Secret {
    /// Bytes of the mark before it, which stay.
    kept: usize,
    /// Bytes of the mark and the secret.
    length: usize,
}

fn credential(text: &[u8], mark: &[u8]) -> Option<Secret> {
    let secret = text.strip_prefix(mark)?;
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(byte);
    let length = secret.iter().take_while(is_part).count();
    (length > 0).then_some(Secret {
        kept: mark.len(),
        length: mark.len() + length,
    })
}

/// The user and password of an address, such as `mongodb://user:password@host`.
fn password(text: &[u8]) -> Option<Secret> {
    let rest = text.strip_prefix(b"://")?;
    let end = rest
        .iter()
        .position(|byte| byte.is_ascii_whitespace() || b"/\"'".contains(byte))
        .unwrap_or(rest.len());
    let secret = rest[..end].iter().rposition(|byte| *byte == b'@')?;
    Some(Secret {
        kept: 3,
        length: 3 + secret,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(line: &str) -> String {
        String::from_utf8(redact(line.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn credentials_of_every_kind_are_replaced() {
        let cases = [
            ("key caas_sk_abcDEF123, next", "key caas_sk_…, next"),
            (
                "authorization: \"Bearer abc.def-1\"",
                "authorization: \"Bearer …\"",
            ),
            ("token=eyJhbGciOi.eyJzdWI.x_-y z", "token=eyJ… z"),
            ("mongodb://user:pass@host/db", "mongodb://…@host/db"),
        ];
        for (line, expected) in cases {
            assert_eq!(redacted(line), expected);
        }
    }

    #[test]
    fn a_line_without_credentials_is_not_copied() {
        assert!(matches!(
            redact("INFO listening on http://127.0.0.1:8080 – ok".as_bytes()),
            Cow::Borrowed(_)
        ));
    }
}
