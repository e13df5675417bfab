//! Validation of reactions: one emoji, or a custom `:name:` of the tenant.

use base::{Error, Result, limit};
use icu_properties::props::{
    Emoji, EmojiModifier, EmojiModifierBase, ExtendedPictographic, GeneralCategory,
    RegionalIndicator,
};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization;

use crate::validation::class;

/// Requests emoji presentation; does not change the identity of an emoji.
const VARIATION_SELECTOR_16: char = '\u{fe0f}';

const JOINER: char = '\u{200d}';
const KEYCAP: char = '\u{20e3}';
const BLACK_FLAG: char = '\u{1f3f4}';
const TAG_END: char = '\u{e007f}';

/// Maximum emoji joined in one sequence; the longest recommended by Unicode joins four.
const JOINED: usize = 6;

/// Returns a reaction in the form in which it is stored: in NFC, without variation selector 16.
pub(super) fn normalized(reaction: &str) -> String {
    reaction
        .nfc()
        .filter(|character| *character != VARIATION_SELECTOR_16)
        .collect()
}

/// Validates a normalized reaction.
///
/// # Errors
/// 400 `invalid_request`.
pub(super) fn check_reaction(form: &str) -> Result<()> {
    if form.len() <= limit::REACTION_BYTES && (is_name(form) || is_emoji(form)) {
        return Ok(());
    }
    let fault = format!(
        "a reaction is one emoji or :name:, of at most {} bytes",
        limit::REACTION_BYTES
    );
    Err(Error::invalid("emoji", fault))
}

/// Returns a regular expression that matches reactions as clients send them, with or without the
/// variation selector.
#[must_use]
pub fn reaction_pattern() -> String {
    let picture = class(is_picture);
    let takes_tone = class(|character| is_picture(character) && takes_tone(character));
    let tone = class(is_tone);
    let region = class(is_region);
    let tag = class(is_tag);
    let one = format!("([{picture}]\\ufe0f?|[{takes_tone}][{tone}])");
    let name = format!(":[A-Za-z0-9_+-]{{1,{}}}:", limit::REACTION_BYTES - 2);
    let flag = format!("[{region}]{{2}}|{BLACK_FLAG}[{tag}]{{3,6}}{TAG_END}");
    let joined = format!("{one}(\\u200d{one}){{0,{}}}", JOINED - 1);
    format!("^({name}|[0-9#*]\\ufe0f?\\u20e3|{flag}|{joined})$")
}

fn is_name(form: &str) -> bool {
    let name = form
        .strip_prefix(':')
        .and_then(|rest| rest.strip_suffix(':'));
    name.is_some_and(|name| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
    })
}

/// Returns whether the text is one emoji by the grammar of Unicode Technical Standard 51, including
/// sequences that only later versions of Unicode recommend.
fn is_emoji(form: &str) -> bool {
    let characters: Vec<char> = form.chars().collect();
    match characters.as_slice() {
        ['0'..='9' | '#' | '*', KEYCAP] => true,
        [first, second] if is_region(*first) && is_region(*second) => true,
        [BLACK_FLAG, tags @ .., TAG_END] => {
            (3..=6).contains(&tags.len()) && tags.iter().all(|tag| is_tag(*tag))
        }
        all => {
            let mut joined = all.split(|character| *character == JOINER);
            joined.clone().count() <= JOINED && joined.all(is_picture_with_tone)
        }
    }
}

fn is_picture_with_tone(characters: &[char]) -> bool {
    match characters {
        [picture] => is_picture(*picture),
        [picture, tone] => takes_tone(*picture) && is_tone(*tone),
        _ => false,
    }
}

/// Returns whether the character is an emoji on its own, including code points reserved for future
/// emoji.
fn is_picture(character: char) -> bool {
    let part_of_others = character.is_ascii() || is_region(character) || is_tone(character);
    !part_of_others
        && (CodePointSetData::new::<Emoji>().contains(character) || is_reserved(character))
}

fn is_tone(character: char) -> bool {
    CodePointSetData::new::<EmojiModifier>().contains(character)
}

fn takes_tone(picture: char) -> bool {
    CodePointSetData::new::<EmojiModifierBase>().contains(picture) || is_reserved(picture)
}

fn is_reserved(character: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(character)
        && CodePointMapData::<GeneralCategory>::new().get(character) == GeneralCategory::Unassigned
}

fn is_region(character: char) -> bool {
    CodePointSetData::new::<RegionalIndicator>().contains(character)
}

/// Returns whether the character spells a region code in a flag such as that of Scotland.
fn is_tag(character: char) -> bool {
    matches!(character, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_emoji_or_name_is_a_reaction() {
        let longest_name = format!(":{}:", "n".repeat(limit::REACTION_BYTES - 2));
        for good in [
            "👍",
            "👍🏽",
            "❤️",
            "❤",
            "1️⃣",
            "#️⃣",
            "🇦🇹",
            "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
            "🏳️‍🌈",
            "🏴‍☠️",
            "👨‍👩‍👧‍👦",
            "👩🏻‍❤️‍💋‍👨🏿",
            "👩🏽‍🚀",
            "🐦‍🔥",
            "⛹🏿‍♀️",
            "🧑‍🧑‍🧒‍🧒",
            "🫩",
            "🫪",
            "\u{1fadd}",
            "\u{1f9d1}\u{200d}\u{1fa70}",
            "©",
            "🦰",
            "☺",
            ":+1:",
            ":party_parrot:",
            &longest_name,
        ] {
            assert!(check_reaction(&normalized(good)).is_ok(), "{good} {good:?}");
        }
    }

    #[test]
    fn other_text_is_rejected() {
        let many = ["👩"; JOINED + 1].join("\u{200d}");
        let long_name = format!(":{}:", "n".repeat(limit::REACTION_BYTES - 1));
        for bad in [
            "",
            " ",
            "a",
            "1",
            "123",
            "#",
            "€",
            "★",
            "👍👍",
            "👍a",
            "👍 ",
            " 👍",
            "\u{202e}",
            "\u{200d}",
            "👍\u{200d}",
            "\u{200d}👍",
            "🇦",
            "🇦🇹🇩",
            "🇦🇹🇩🇪",
            "🏽",
            "🏽🏽",
            "👍🏽🏽",
            "🍕🏽",
            "\u{20e3}",
            "a\u{20e3}",
            "👍\u{20e3}",
            "👍\u{fe0e}",
            "👍\u{301}",
            "👍\u{200b}",
            "👍\u{e0067}\u{e0062}\u{e007f}",
            "🏴\u{e0067}\u{e007f}",
            "🏴\u{e0067}\u{e0062}\u{e0065}",
            "\u{3164}",
            "\u{fe0f}",
            "::",
            ":",
            ":a",
            ":a b:",
            ":ä:",
            &many,
            &long_name,
        ] {
            assert!(check_reaction(&normalized(bad)).is_err(), "{bad} {bad:?}");
        }
    }

    #[test]
    fn variation_selector_does_not_make_another_reaction() {
        assert_eq!(normalized("❤️"), normalized("❤"));
        assert_eq!(normalized("👩‍❤️‍👨"), "👩‍❤‍👨");
    }
}
