use base::{Error, Result, limit};
use serde_json::Value;
use store::RawJson;

use super::language::language;
use super::quiet_hours::quiet_hours;
use super::{Dashboard, NotificationChannel, PreferencesContent, Widgets};
use crate::validation::{self, ValidationErrors};

/// The preferences as they may be stored.
///
/// # Errors
/// 400 `invalid_request` that names every wrong place.
pub(super) fn checked(content: PreferencesContent) -> Result<PreferencesContent> {
    let mut faults = ValidationErrors::default();
    if let Some(tag) = &content.language {
        faults.note(language("/language", tag))?;
    }
    let channels = &content.notifications;
    for (place, channel) in [
        ("email", &channels.email),
        ("push", &channels.push),
        ("in_app", &channels.in_app),
    ] {
        faults.note(
            notification_channel(channel).map_err(within(&format!("/notifications/{place}"))),
        )?;
    }
    faults.note(widgets(&content.widgets).map_err(within("/widgets")))?;
    faults.note(dashboard(&content.dashboard).map_err(within("/dashboard")))?;
    faults.done()?;
    Ok(content)
}

fn within(place: &str) -> impl Fn(Error) -> Error {
    move |failure| failure.within(place)
}

fn notification_channel(channel: &NotificationChannel) -> Result<()> {
    let mut faults = ValidationErrors::default();
    if let Some(kinds) = &channel.kinds {
        faults.note(validation::words(
            "/kinds",
            kinds,
            limit::NOTIFICATION_KINDS,
        ))?;
    }
    if let Some(hours) = &channel.quiet_hours {
        faults.note(quiet_hours(hours).map_err(within("/quiet_hours")))?;
    }
    faults.done()
}

fn widgets(widgets: &Widgets) -> Result<()> {
    let mut faults = ValidationErrors::default();
    for (pointer, list) in [
        ("/enabled", &widgets.enabled),
        ("/disabled", &widgets.disabled),
    ] {
        faults.note(validation::words(pointer, list, limit::WIDGETS))?;
    }
    if let Some(at) = widgets
        .disabled
        .iter()
        .position(|widget| widgets.enabled.contains(widget))
    {
        faults.note::<()>(Err(Error::invalid(
            format!("/disabled/{at}"),
            "is enabled too",
        )))?;
    }
    let customizations = RawJson(
        Value::Object(widgets.customizations.clone())
            .to_string()
            .into(),
    );
    faults.note(validation::metadata("/customizations", &customizations))?;
    faults.done()
}

fn dashboard(dashboard: &Dashboard) -> Result<()> {
    let mut faults = ValidationErrors::default();
    for (pointer, word) in [
        ("/layout", &dashboard.layout),
        ("/default_view", &dashboard.default_view),
    ] {
        if let Some(word) = word {
            faults.note(validation::name(pointer, word))?;
        }
    }
    faults.note(validation::words(
        "/favorite_apps",
        &dashboard.favorite_apps,
        limit::FAVORITE_APPS,
    ))?;
    faults.done()
}
