use base::Id;

use super::Application;

const PREFIX: &str = "app_";

/// An application's id as it is shown: `app_` and 24 hexadecimal digits.
#[must_use]
pub fn show_application(id: Id<Application>) -> String {
    format!("{PREFIX}{id}")
}

/// An application's id from the form in which it is shown.
#[must_use]
pub fn parse_application(text: &str) -> Option<Id<Application>> {
    text.strip_prefix(PREFIX)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_is_shown_with_its_prefix() {
        let text = "app_00010203feff060708090a0b";
        assert_eq!(
            parse_application(text).map(show_application).as_deref(),
            Some(text)
        );
        assert_eq!(parse_application("00010203feff060708090a0b"), None);
    }
}
