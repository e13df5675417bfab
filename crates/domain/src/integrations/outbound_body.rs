//! Bodies of requests that send messages.

use serde_json::{Value, json};
use store::Entity;

use super::collections::{AliasKind, ClientPlatformAlias, Platform};
use crate::messaging::{Message, TEMPLATE_TYPE};

/// Longest caption of an attachment.
const CAPTION_CHARACTERS: usize = 1_024;

/// Returns the fields of a request that name the recipient: the phone number if it is known,
/// otherwise the business-scoped user id.
pub(super) fn recipient(
    platform: Platform,
    aliases: &[Entity<ClientPlatformAlias>],
) -> Option<Value> {
    let of_kind = |kind: AliasKind| {
        let found = aliases.iter().rev().find(|alias| alias.kind == kind)?;
        Some(found.value.as_str())
    };
    match platform {
        Platform::Whatsapp => match of_kind(AliasKind::Phone) {
            Some(phone) => Some(json!({"to": phone})),
            None => Some(json!({"recipient": of_kind(AliasKind::Bsuid)?})),
        },
        Platform::Instagram => Some(json!({"recipient": {"id": of_kind(AliasKind::Igsid)?}})),
    }
}

/// Returns the body of the request that sends a message. The message names itself in
/// `biz_opaque_callback_data`, so that its statuses are recognized without its external id.
///
/// # Errors
/// Fails with the reason for which the platform cannot show the message.
pub(super) fn body(
    platform: Platform,
    recipient: &Value,
    message: &Entity<Message>,
    replied: Option<&str>,
) -> Result<Value, &'static str> {
    let content = match platform {
        Platform::Whatsapp => whatsapp(message, replied)?,
        Platform::Instagram => instagram(message, replied)?,
    };
    let mut body = recipient.clone();
    if let (Some(body), Value::Object(content)) = (body.as_object_mut(), content) {
        body.extend(content);
    }
    Ok(body)
}

fn whatsapp(message: &Entity<Message>, replied: Option<&str>) -> Result<Value, &'static str> {
    let mut body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "biz_opaque_callback_data": message.id.to_string(),
    });
    let (kind, part) = whatsapp_part(message)?;
    body["type"] = json!(kind);
    body[kind] = part;
    if let Some(replied) = replied {
        body["context"] = json!({"message_id": replied});
    }
    Ok(body)
}

/// Returns the type of a message and the part of that name.
fn whatsapp_part(message: &Entity<Message>) -> Result<(&'static str, Value), &'static str> {
    match message.r#type.as_deref() {
        Some(TEMPLATE_TYPE) => return Ok(("template", from_metadata(message, "template")?)),
        Some("interactive") => return Ok(("interactive", from_metadata(message, "interactive")?)),
        _ => {}
    }
    let Some((kind, url, name)) = attachment(message)? else {
        let text = message.content.as_deref().unwrap_or_default();
        return Ok(("text", json!({"body": text, "preview_url": false})));
    };
    let kind = match kind {
        "image" => "image",
        "audio" => "audio",
        "video" => "video",
        _ => "document",
    };
    let mut part = json!({"link": url});
    if let Some(caption) = message.content.as_deref().filter(|_| kind != "audio") {
        let caption: String = caption.chars().take(CAPTION_CHARACTERS).collect();
        part["caption"] = json!(caption);
    }
    if let Some(name) = name.filter(|_| kind == "document") {
        part["filename"] = json!(name);
    }
    Ok((kind, part))
}

fn instagram(message: &Entity<Message>, replied: Option<&str>) -> Result<Value, &'static str> {
    let content = match attachment(message)? {
        Some((kind, url, _)) => json!({"attachment": {"type": kind, "payload": {"url": url}}}),
        None => json!({"text": message.content.as_deref().unwrap_or_default()}),
    };
    let mut body = json!({"messaging_type": "RESPONSE", "message": content});
    if let Some(replied) = replied {
        body["reply_to"] = json!({"mid": replied});
    }
    Ok(body)
}

/// Type, URL and name of an attachment.
type Linked<'a> = (&'a str, &'a str, Option<&'a str>);

/// Returns the only attachment of a message; `None` without one.
fn attachment(message: &Entity<Message>) -> Result<Option<Linked<'_>>, &'static str> {
    let attachments = message.attachments.as_ref().map_or(&[][..], |list| &list.0);
    match attachments {
        [] => Ok(None),
        [one] => match &one.url {
            Some(url) => Ok(Some((&one.r#type, url, one.name.as_deref()))),
            None => Err("attachment_not_supported"),
        },
        _ => Err("more_than_one_attachment"),
    }
}

/// Returns a member of the metadata of a message.
fn from_metadata(message: &Entity<Message>, name: &str) -> Result<Value, &'static str> {
    let missing = "the metadata lacks the part that the type requires";
    let metadata = message.metadata.as_ref().ok_or(missing)?;
    let metadata: Value = serde_json::from_str(&metadata.0).map_err(|_| missing)?;
    let part = metadata.get(name).filter(|part| part.is_object());
    part.cloned().ok_or(missing)
}
