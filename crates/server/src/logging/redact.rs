use std::borrow::Cow;

/// Prefixes of credentials.
const PREFIXES: [&[u8]; 5] = [b"caas_sk_", b"caas_ss_", b"caas_pk_", b"eyJ", b"earer "];

/// Redacts credentials in a log line: API keys, signing secrets, tokens, and
/// passwords in URLs. Our own lines have none; lines of libraries may.
pub(super) fn redact(line: &[u8]) -> Cow<'_, [u8]> {
    let mut redacted: Option<Vec<u8>> = None;
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        let secret = PREFIXES
            .iter()
            .find_map(|prefix| credential(rest, prefix))
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

/// Secret at the start of a text.
struct Secret {
    /// Bytes of the prefix, which are kept.
    kept: usize,
    /// Bytes of the prefix and the secret.
    length: usize,
}

fn credential(text: &[u8], prefix: &[u8]) -> Option<Secret> {
    let secret = text.strip_prefix(prefix)?;
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(byte);
    let length = secret.iter().take_while(is_part).count();
    (length > 0).then_some(Secret {
        kept: prefix.len(),
        length: prefix.len() + length,
    })
}

/// Finds the user and password of a URL, such as `mongodb://user:password@host`.
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
    fn credentials_of_every_kind_are_redacted() {
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
    fn line_without_credentials_is_not_copied() {
        assert!(matches!(
            redact("INFO listening on http://127.0.0.1:8080 – ok".as_bytes()),
            Cow::Borrowed(_)
        ));
    }
}
