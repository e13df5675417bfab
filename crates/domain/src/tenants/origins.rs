use base::{Error, Result, limit};
use url::Url;

use crate::validation;

/// Returns the origins as browsers send them: lower case, international names
/// in Punycode, without the port that the scheme implies, each once.
///
/// # Errors
/// 400 that names the first entry which no browser can send.
pub(crate) fn canonical_origins(origins: &[String]) -> Result<Vec<String>> {
    if origins.len() > limit::APPLICATION_ORIGINS {
        return Err(Error::invalid(
            "/origins",
            format!("must have at most {} entries", limit::APPLICATION_ORIGINS),
        ));
    }
    let mut all = Vec::with_capacity(origins.len());
    for (at, origin) in origins.iter().enumerate() {
        let place = format!("/origins/{at}");
        validation::url(place.clone(), origin)?;
        if origin.contains('*') {
            return Err(Error::invalid(
                place,
                "must name one host: an origin with * is never sent by a browser",
            ));
        }
        let told = "must be scheme, host and port without a path, such as https://app.example";
        let canonical = canonical(origin).ok_or_else(|| Error::invalid(place, told))?;
        if !all.contains(&canonical) {
            all.push(canonical);
        }
    }
    Ok(all)
}

/// The origin as browsers send it; `None` if it is none.
fn canonical(origin: &str) -> Option<String> {
    let (_, host) = origin.split_once("://")?;
    if host.contains(['/', '?', '#', '@']) {
        return None;
    }
    let origin = Url::parse(origin).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// Returns whether a request from this origin may use the application. A
/// request without an origin does not come from a browser and may; an empty
/// list allows all.
pub(crate) fn allows(origins: &[String], origin: Option<&str>) -> bool {
    let Some(origin) = origin else { return true };
    origins.is_empty()
        || origins.iter().any(|allowed| allowed == origin)
        // Lists that were stored before origins were made canonical.
        || origins.iter().any(|allowed| canonical(allowed).as_deref() == Some(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(origins: &[&str]) -> Vec<String> {
        origins.iter().map(|&origin| origin.to_owned()).collect()
    }

    #[test]
    fn only_the_listed_origins_are_let_in() {
        let origins =
            canonical_origins(&list(&["https://app.example", "http://localhost:8080"])).unwrap();
        assert!(allows(&origins, Some("http://localhost:8080")) && allows(&origins, None));
        for foreign in [
            "https://evil.example",
            "https://app.example.evil.example",
            "null",
            "",
            "*",
        ] {
            assert!(!allows(&origins, Some(foreign)), "{foreign}");
        }
        assert!(allows(&[], Some("https://app.example")));
    }

    #[test]
    fn origin_becomes_what_browsers_send() {
        for (given, sent) in [
            ("https://App.Example", "https://app.example"),
            ("HTTPS://app.example:443", "https://app.example"),
            ("http://app.example:80", "http://app.example"),
            ("https://app.example:80", "https://app.example:80"),
            (
                "https://b\u{fc}cher.example",
                "https://xn--bcher-kva.example",
            ),
            (
                "https://B\u{dc}CHER.example:8443",
                "https://xn--bcher-kva.example:8443",
            ),
            (
                "https://bu\u{308}cher.example",
                "https://xn--bcher-kva.example",
            ),
            ("http://[::0:1]:8080", "http://[::1]:8080"),
            ("http://127.1", "http://127.0.0.1"),
        ] {
            assert_eq!(
                canonical_origins(&list(&[given])).unwrap(),
                [sent],
                "{given}"
            );
            assert!(
                allows(&list(&[given]), Some(sent)),
                "{given} as it was stored before"
            );
        }
        let doubled = list(&[
            "https://a.example",
            "https://A.example",
            "https://a.example:443",
        ]);
        assert_eq!(canonical_origins(&doubled).unwrap(), ["https://a.example"]);
    }

    #[test]
    fn what_no_browser_sends_is_rejected() {
        for bad in [
            "app.example",
            "https://app.example/",
            "https://a@b",
            "file://x",
            "null",
            "*",
            "https://*.example",
            "https://*",
            "https://x:99999",
            "https://x:https",
            "https://a b.example",
            "https://xn--a",
        ] {
            let failure = canonical_origins(&list(&["https://a", bad])).unwrap_err();
            assert_eq!(failure.faults[0].pointer, "/origins/1", "{bad}");
        }
    }
}
