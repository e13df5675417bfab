use base::{Error, ErrorCode, Result, limit};

use super::collections::FilePurpose;

/// What the tenant's settings allow to be uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRules {
    /// Size of one file in bytes, at most.
    pub max_bytes: u64,
    /// Media types that are accepted, such as `image/*`; empty accepts all.
    pub allowed: Vec<String>,
    /// Media types that are rejected, also if they are allowed.
    pub denied: Vec<String>,
}

impl Default for FileRules {
    fn default() -> Self {
        Self {
            max_bytes: limit::UPLOAD_BYTES as u64,
            allowed: Vec::new(),
            denied: Vec::new(),
        }
    }
}

impl FileRules {
    /// Checks the media type of a file. The type of encrypted content is unknown.
    ///
    /// # Errors
    /// 422 `file_type_not_allowed`.
    pub(super) fn check_type(&self, purpose: FilePurpose, content_type: &str) -> Result<()> {
        if purpose == FilePurpose::Encrypted {
            return Ok(());
        }
        let essence = content_type.split(';').next().unwrap_or_default();
        let essence = essence.trim_end().to_ascii_lowercase();
        let named = |patterns: &[String]| patterns.iter().any(|it| matches(it, &essence));
        if named(&self.denied) || !(self.allowed.is_empty() || named(&self.allowed)) {
            let detail = format!("Files of the type {essence} are not accepted.");
            return Err(Error::new(ErrorCode::FileTypeNotAllowed, detail));
        }
        Ok(())
    }
}

/// Returns whether a pattern such as `image/png` or `image/*` names a media type.
fn matches(pattern: &str, essence: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    match pattern.strip_suffix('*') {
        Some(kind) => essence.starts_with(kind),
        None => pattern == essence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denied_types_are_rejected_and_allowed_ones_are_all_others() {
        let rules = |allowed: &[&str], denied: &[&str]| FileRules {
            allowed: allowed.iter().map(|&it| it.to_owned()).collect(),
            denied: denied.iter().map(|&it| it.to_owned()).collect(),
            ..FileRules::default()
        };
        let accepts = |rules: &FileRules, content_type: &str| {
            let checked = rules.check_type(FilePurpose::Attachment, content_type);
            checked.is_ok()
        };
        let all = rules(&[], &[]);
        assert!(accepts(&all, "application/x-anything"));
        let images = rules(&["image/*", "application/PDF"], &["image/gif"]);
        for (content_type, expected) in [
            ("image/png", true),
            ("IMAGE/PNG", true),
            ("image/gif", false),
            ("application/pdf; version=1.7", true),
            ("imagery/png", false),
            ("text/plain", false),
        ] {
            assert_eq!(accepts(&images, content_type), expected, "{content_type}");
        }
        let encrypted = images.check_type(FilePurpose::Encrypted, "application/octet-stream");
        assert!(encrypted.is_ok());
    }
}
