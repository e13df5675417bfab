//! Visibility of characters, by the properties of the Unicode Character Database.

use std::fmt::Write;

use icu_properties::props::{
    DefaultIgnorableCodePoint, GeneralCategory, PrependedConcatenationMark, WhiteSpace,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Characters that Unicode classifies as letters, marks or symbols, but that fonts draw blank.
const BLANK: [char; 5] = [
    '\u{2800}',
    '\u{16fe4}',
    '\u{13441}',
    '\u{13442}',
    '\u{1d159}',
];

/// Returns whether the character is visible when displayed alone: it is not white space, not a
/// control or format character, not ignored by renderers (such as the Hangul fillers and variation
/// selectors), and not drawn blank.
#[must_use]
pub fn is_visible(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_graphic();
    }
    let formats = match CodePointMapData::<GeneralCategory>::new().get(character) {
        GeneralCategory::Control => true,
        // Arabic number signs and similar format characters are drawn.
        GeneralCategory::Format => {
            !CodePointSetData::new::<PrependedConcatenationMark>().contains(character)
        }
        _ => false,
    };
    !formats
        && !BLANK.contains(&character)
        && !CodePointSetData::new::<WhiteSpace>().contains(character)
        && !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

/// Returns whether the text has at least one visible character.
#[must_use]
pub fn has_visible(text: &str) -> bool {
    text.chars().any(is_visible)
}

/// Returns the body of a regular-expression class, such as `a-z0-9`, that matches exactly the
/// characters for which `belongs` is true.
///
/// Characters above U+FFFF are not escaped, since no escape for them is common to all dialects.
#[must_use]
pub fn class(belongs: impl Fn(char) -> bool) -> String {
    let mut class = String::new();
    let mut open: Option<(char, char)> = None;
    for character in (char::MIN..=char::MAX).filter(|character| belongs(*character)) {
        open = match open {
            Some((first, last)) if (last..=character).nth(1) == Some(character) => {
                Some((first, character))
            }
            other => {
                write_range(&mut class, other);
                Some((character, character))
            }
        };
    }
    write_range(&mut class, open);
    class
}

fn write_range(class: &mut String, range: Option<(char, char)>) {
    let Some((first, last)) = range else { return };
    write_character(class, first);
    if first != last {
        class.push('-');
        write_character(class, last);
    }
}

fn write_character(class: &mut String, character: char) {
    let code = u32::from(character);
    if code <= 0xffff {
        // Writing to a string cannot fail.
        let _ = write!(class, "\\u{code:04x}");
    } else {
        class.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_visible_character_is_found() {
        let blank = [
            "",
            " ",
            "\t\n",
            "\u{a0}",
            "\u{ad}",
            "\u{34f}",
            "\u{61c}",
            "\u{115f}\u{1160}",
            "\u{17b4}",
            "\u{180e}",
            "\u{200b}",
            "\u{200d}",
            "\u{200e}\u{200f}",
            "\u{2028}\u{2029}",
            "\u{202e}",
            "\u{2060}",
            "\u{2066}",
            "\u{2800}",
            "\u{3000}",
            "\u{3164}",
            "\u{fe0f}",
            "\u{feff}",
            "\u{ffa0}",
            "\u{fff9}",
            "\u{1d159}",
            "\u{1d173}",
            "\u{e0001}",
            "\u{e0020}",
            "\u{e0100}",
            "\u{0}",
            "\u{85}",
            " \u{200b}\u{3164}\u{e0001} ",
        ];
        for text in blank {
            assert!(!has_visible(text), "{text:?}");
        }
    }

    #[test]
    fn joiners_and_selectors_next_to_visible_characters_are_allowed() {
        let shown = [
            "a",
            "0",
            " a ",
            "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
            "\u{915}\u{94d}\u{200d}",
            "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
            "\u{2764}\u{fe0f}",
            "\u{6dd}",
            "\u{600}",
            "\u{301}",
            "\u{e000}",
            "\u{1faea}",
            "ㅤx",
        ];
        for text in shown {
            assert!(has_visible(text), "{text:?}");
        }
    }

    #[test]
    fn class_lists_ranges() {
        assert_eq!(
            class(|character| matches!(character, 'a'..='c' | 'x')),
            "\\u0061-\\u0063\\u0078"
        );
        assert_eq!(
            class(|character| matches!(character, '\u{d7ff}' | '\u{e000}')),
            "\\ud7ff-\\ue000"
        );
        assert_eq!(class(|character| character == '\u{1f44d}'), "\u{1f44d}");
    }
}
