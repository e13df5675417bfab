use base::{Failure, Result, limit};

use crate::check;

/// A list of origins: each scheme, host and port as browsers send them,
/// such as `https://app.example`.
pub(super) fn check_origins(origins: &[String]) -> Result<()> {
    if origins.len() > limit::APPLICATION_ORIGINS {
        return Err(Failure::invalid("/origins", format!("must have at most {} entries", limit::APPLICATION_ORIGINS)));
    }
    for (at, origin) in origins.iter().enumerate() {
        let place = format!("/origins/{at}");
        check::url(place.clone(), origin)?;
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        if host.contains(['/', '?', '#', '@']) || origin.bytes().any(|byte| byte.is_ascii_uppercase()) {
            let told = "must be scheme, host and port in lower case, such as https://app.example";
            return Err(Failure::invalid(place, told));
        }
    }
    Ok(())
}

/// Whether a request from this origin may use the application. A request
/// without an origin comes from no browser and may; an empty list allows all.
pub(super) fn allows(origins: &[String], origin: Option<&str>) -> bool {
    origin.is_none_or(|origin| origins.is_empty() || origins.iter().any(|allowed| allowed == origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(origins: &[&str]) -> Vec<String> {
        origins.iter().map(|&origin| origin.to_owned()).collect()
    }

    #[test]
    fn only_the_listed_origins_are_let_in() {
        let origins = list(&["https://app.example", "http://localhost:8080"]);
        assert!(check_origins(&origins).is_ok());
        assert!(allows(&origins, Some("http://localhost:8080")) && allows(&origins, None));
        for foreign in ["https://evil.example", "https://app.example.evil.example", "null", "", "*"] {
            assert!(!allows(&origins, Some(foreign)), "{foreign}");
        }
        assert!(allows(&[], Some("https://app.example")));
    }

    #[test]
    fn what_no_browser_sends_is_refused() {
        for bad in
            ["app.example", "https://app.example/", "https://App.example", "https://a@b", "file://x", "null", "*"]
        {
            assert_eq!(check_origins(&list(&["https://a", bad])).unwrap_err().faults[0].pointer, "/origins/1", "{bad}");
        }
    }
}
