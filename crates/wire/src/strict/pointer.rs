use std::fmt::Write;

/// One step of a JSON Pointer.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// A key of an object.
    Key(String),
    /// An index of an array.
    Index(usize),
}

/// Maximum characters of a key in a pointer.
const KEY_SHOWN: usize = 64;

/// Returns the JSON Pointer (RFC 6901) of a path; long keys are truncated.
pub(super) fn pointer(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        text.push('/');
        match step {
            Step::Key(key) => {
                let shown: String = key.chars().take(KEY_SHOWN).collect();
                text.push_str(&shown.replace('~', "~0").replace('/', "~1"));
            }
            Step::Index(index) => {
                // Writing to a string cannot fail.
                let _ = write!(text, "{index}");
            }
        }
    }
    text
}
