use base::Context;

/// Returns a valid text of a schema, with this number of characters if the schema permits.
///
/// Different numbers give different texts.
pub fn text(schema: &str, characters: Option<usize>, number: usize) -> Option<String> {
    match (schema, characters) {
        ("Id", None) => Some(format!("{number:024x}")),
        ("Timestamp", None) => Some(Context::system().now().to_string()),
        ("TimeZone", None) => Some("Europe/Vienna".to_owned()),
        ("OneTimeCode", None) => Some("12345678".to_owned()),
        ("NewPassword", characters) => {
            Some(padded("long phrase", characters.unwrap_or(20), 'b', number))
        }
        ("TimeOfDay", None) => Some("22:00".to_owned()),
        ("GraphVersion", None) => Some("v23.0".to_owned()),
        ("GraphId", characters) => Some("1".repeat(characters.unwrap_or(8))),
        ("Language", None) => Some("de".to_owned()),
        ("Emoji", None) => Some("👍".to_owned()),
        (
            "Id" | "Timestamp" | "TimeZone" | "TimeOfDay" | "Emoji" | "OneTimeCode"
            | "GraphVersion",
            Some(_),
        ) => None,
        ("Email" | "SearchEmail", characters) => Some(email(characters.unwrap_or(20), number)),
        ("Url", characters) => Some(padded(
            "https://a.example/",
            characters.unwrap_or(20),
            'a',
            number,
        )),
        ("MediaType" | "MediaTypePattern", characters) => {
            Some(padded("image/", characters.unwrap_or(9), 'a', number))
        }
        ("Named", characters) => Some(padded("ext:", characters.unwrap_or(12), 'a', number)),
        ("Language", Some(characters)) => Some(language(characters)),
        (_, characters) => Some(padded("", characters.unwrap_or(8), 'a', number)),
    }
}

fn padded(start: &str, characters: usize, with: char, number: usize) -> String {
    let digits = number.to_string();
    let length = start.chars().count();
    if number == 0 || length + digits.len() > characters {
        return start
            .chars()
            .chain(std::iter::repeat(with))
            .take(characters.max(length))
            .collect();
    }
    let padding = characters - length - digits.len();
    format!("{start}{}{digits}", with.to_string().repeat(padding))
}

/// Returns an e-mail address whose labels are within the limits of DNS.
fn email(characters: usize, number: usize) -> String {
    let local = format!("a{number}@");
    let domain: String = (0..characters.saturating_sub(local.len()))
        .map(|at| if at % 50 == 49 { '.' } else { 'b' })
        .collect();
    let address = format!("{local}{domain}");
    if address.ends_with('.') {
        format!("{}b", address.trim_end_matches('.'))
    } else {
        address
    }
}

fn language(characters: usize) -> String {
    (0..characters)
        .map(|at| {
            if at % 8 == 7 && at + 1 < characters {
                '-'
            } else {
                'a'
            }
        })
        .collect()
}
