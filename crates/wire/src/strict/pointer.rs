use std::fmt::Write;

/// One step of a JSON pointer.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Into an object.
    Key(String),
    /// Into an array.
    Index(usize),
}

/// Characters of a key that a pointer shows at most.
const KEY_SHOWN: usize = 64;

/// The JSON pointer (RFC 6901) of a path; long keys are cut.
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
