use base::{Error, ErrorCode, Id, Result, limit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use store::RawJson;

use crate::keyed_hash::keyed_hash;
use crate::messaging::collections::Message;
use crate::messaging::content::Attachment;
use crate::validation;

/// The default message type.
pub const PLAIN_TYPE: &str = "text";

/// Message type reserved for servers, as is every type that begins with it and a dot.
const SYSTEM_TYPE: &str = "system";

/// A message as submitted by its sender.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Message type; `text` if absent.
    pub r#type: Option<String>,
    /// The text.
    pub content: Option<String>,
    /// Attachments: uploaded files and URLs.
    pub attachments: Vec<Attachment>,
    /// The tenant's own data.
    pub metadata: Option<RawJson>,
    /// Root message of the thread.
    pub thread_id: Option<Id<Message>>,
    /// Client-generated id, 1 to 255 printable ASCII characters; identifies a retry.
    pub client_message_id: Option<String>,
    /// Whether the request has an API key, with or without an acting user. Required for reserved
    /// types.
    pub by_server: bool,
}

impl Draft {
    /// Returns whether files or URLs are attached, which are checked before the message is sent.
    pub(super) fn has_attachments(&self) -> bool {
        !self.attachments.is_empty()
    }

    /// Returns the type or its default.
    pub(super) fn message_type(&self) -> &str {
        let derived = || {
            let first = self.attachments.first()?;
            (first.file_id.is_some() && !first.r#type.is_empty()).then_some(first.r#type.as_str())
        };
        self.r#type
            .as_deref()
            .or_else(derived)
            .unwrap_or(PLAIN_TYPE)
    }

    /// Validates the fields and returns the draft in stored form.
    ///
    /// # Errors
    /// 400 `invalid_request` that names the field, 403 `forbidden` for a reserved type.
    pub(in crate::messaging) fn checked(mut self) -> Result<Self> {
        word("/type", self.message_type())?;
        if !self.by_server {
            require_free_type(self.message_type())?;
        }
        if let Some(content) = &self.content {
            check_content(content)?;
        }
        check_attachments(&self.attachments)?;
        if let Some(metadata) = &self.metadata {
            self.metadata = Some(validation::metadata("/metadata", metadata)?);
        }
        if let Some(id) = &self.client_message_id {
            check_client_message_id(id)?;
        }
        self.combined()
    }

    /// Validates the combination of already validated fields.
    ///
    /// # Errors
    /// 400 `invalid_request`.
    pub(super) fn combined(mut self) -> Result<Self> {
        // Empty text counts as absent.
        self.content = self.content.filter(|content| !content.is_empty());
        if self.content.is_none() && self.attachments.is_empty() {
            return Err(Error::invalid(
                "/content",
                "must not be empty where nothing is attached",
            ));
        }
        self.check_size()?;
        Ok(self)
    }

    fn check_size(&self) -> Result<()> {
        let bytes =
            self.with_parts(|members| members.iter().map(|member| member.len()).sum::<usize>())?;
        if bytes > limit::MESSAGE_BYTES {
            return Err(Error::invalid(
                "",
                format!(
                    "a message must have at most {} bytes in all",
                    limit::MESSAGE_BYTES
                ),
            ));
        }
        Ok(())
    }

    /// Calls `visit` with all fields that distinguish this message from others.
    fn with_parts<T>(&self, visit: impl FnOnce(&[&[u8]]) -> T) -> Result<T> {
        let attachments = if self.attachments.is_empty() {
            Vec::new()
        } else {
            serde_json::to_vec(&self.attachments).map_err(Error::internal)?
        };
        let metadata = self.metadata.as_ref().map_or("", |metadata| &*metadata.0);
        let content = self.content.as_deref().unwrap_or_default();
        let thread = self.thread_id.map(|thread| thread.object_id().0);
        let thread = thread.as_ref().map_or(&[][..], |thread| &thread[..]);
        Ok(visit(&[
            self.message_type().as_bytes(),
            content.as_bytes(),
            &attachments,
            metadata.as_bytes(),
            thread,
        ]))
    }

    /// Returns a hash keyed by the message id: equal messages have different hashes, and the hash
    /// of a redacted message reveals nothing.
    pub(super) fn fingerprint(&self, id: Id<Message>) -> Result<String> {
        self.with_parts(|members| STANDARD_NO_PAD.encode(*keyed_hash(&id.object_id().0, members)))
    }
}

/// Returns whether a type is reserved for the tenant's servers. Clients show such messages as
/// system messages.
fn is_reserved(r#type: &str) -> bool {
    r#type.split('.').next() == Some(SYSTEM_TYPE)
}

/// Rejects a reserved type.
///
/// # Errors
/// 403 `forbidden`.
pub(super) fn require_free_type(r#type: &str) -> Result<()> {
    if is_reserved(r#type) {
        let message = format!("The type {type} is reserved for servers; it requires an API key.");
        return Err(Error::new(ErrorCode::Forbidden, message));
    }
    Ok(())
}

/// Validates the text of a message; empty text counts as absent.
pub(super) fn check_content(content: &str) -> Result<()> {
    if content.is_empty() {
        return Ok(());
    }
    validation::text("/content", content, limit::MESSAGE_CHARACTERS)
}

/// Validates the attachments of a message.
pub(super) fn check_attachments(attachments: &[Attachment]) -> Result<()> {
    if attachments.len() > limit::MESSAGE_ATTACHMENTS {
        let message = format!("must have at most {} entries", limit::MESSAGE_ATTACHMENTS);
        return Err(Error::invalid("/attachments", message));
    }
    for (at, attachment) in attachments.iter().enumerate() {
        check_attachment(attachment)
            .map_err(|failure| failure.within(&format!("/attachments/{at}")))?;
    }
    Ok(())
}

fn check_attachment(attachment: &Attachment) -> Result<()> {
    match (&attachment.url, attachment.file_id) {
        (Some(url), None) => {
            word("/type", &attachment.r#type)?;
            validation::url("/url", url)?;
        }
        (None, Some(_)) => check_file(attachment)?,
        _ => return Err(Error::invalid("", "must have either file_id or url")),
    }
    if let Some(caption) = &attachment.caption {
        validation::text("/caption", caption, limit::CAPTION_CHARACTERS)?;
    }
    if let Some(waveform) = &attachment.waveform {
        check_waveform(waveform)?;
    }
    if let Some(name) = &attachment.name {
        validation::file_name("/name", name)?;
    }
    if let Some(media_type) = &attachment.mime_type {
        validation::media_type("/mime_type", media_type)?;
    }
    match attachment.size {
        Some(size) if size < 0 => Err(Error::invalid("/size", "must not be negative")),
        _ => Ok(()),
    }
}

/// Checks that nothing is stated that the file decides.
fn check_file(attachment: &Attachment) -> Result<()> {
    let decided = [
        ("/type", !attachment.r#type.is_empty()),
        ("/size", attachment.size.is_some()),
        ("/mime_type", attachment.mime_type.is_some()),
    ];
    match decided.into_iter().find(|(_, is_given)| *is_given) {
        Some((pointer, _)) => Err(Error::invalid(
            pointer,
            "must not be given with file_id, since the file decides it",
        )),
        None => Ok(()),
    }
}

fn check_waveform(waveform: &[u8]) -> Result<()> {
    let is_valid = waveform.len() == limit::WAVEFORM_BARS && waveform.iter().all(|bar| *bar <= 100);
    if is_valid {
        return Ok(());
    }
    let message = format!("must have {} values from 0 to 100", limit::WAVEFORM_BARS);
    Err(Error::invalid("/waveform", message))
}

/// Validates a type: 1 to [`limit::ROLE_LENGTH`] characters of `[a-z0-9_.-]`.
fn word(pointer: &'static str, word: &str) -> Result<()> {
    let legal =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte);
    if (1..=limit::ROLE_LENGTH).contains(&word.len()) && word.bytes().all(legal) {
        Ok(())
    } else {
        Err(Error::invalid(
            pointer,
            format!(
                "must be 1 to {} characters of a-z 0-9 _ . -",
                limit::ROLE_LENGTH
            ),
        ))
    }
}

fn check_client_message_id(id: &str) -> Result<()> {
    if (1..=limit::CLIENT_MESSAGE_ID_LENGTH).contains(&id.len())
        && id.bytes().all(|byte| (0x20..0x7f).contains(&byte))
    {
        Ok(())
    } else {
        let message = format!(
            "must be 1 to {} printable ASCII characters",
            limit::CLIENT_MESSAGE_ID_LENGTH
        );
        Err(Error::invalid("/client_message_id", message))
    }
}
