use base::Timestamp;
use serde_json::Value;

use super::{
    Alias, InboundMedia, InboundMessage, InboundStatus, MediaLocation, Parsed, Sender, kind,
    metadata, number, owned, text,
};
use crate::integrations::collections::AliasKind;
use crate::messaging::{Draft, PLAIN_TYPE, PlatformStatus};

/// Parses an update of WhatsApp.
pub(super) fn parse(kind: &str, update: &Value) -> Option<Parsed> {
    match kind {
        kind::MESSAGE => Some(Parsed::Message(Box::new(message(update)?))),
        kind::REACTION => reaction(update),
        kind::STATUS => Some(Parsed::Status(status(update)?)),
        _ => Some(Parsed::Other),
    }
}

fn sender(update: &Value) -> Option<Sender> {
    let alias = |kind: AliasKind, pointers: [&str; 2]| {
        let value = pointers.iter().find_map(|pointer| text(update, pointer))?;
        Some(Alias {
            kind,
            value: value.to_owned(),
        })
    };
    let bsuid = alias(
        AliasKind::Bsuid,
        ["/message/from_user_id", "/contact/user_id"],
    );
    let parent = alias(
        AliasKind::ParentBsuid,
        ["/message/from_parent_user_id", "/contact/parent_user_id"],
    );
    let phone = alias(AliasKind::Phone, ["/message/from", "/contact/wa_id"]);
    let aliases: Vec<_> = [bsuid, phone, parent].into_iter().flatten().collect();
    let name = owned(update, "/contact/profile/name")
        .or_else(|| owned(update, "/contact/profile/username"));
    (!aliases.is_empty()).then_some(Sender { aliases, name })
}

fn message(update: &Value) -> Option<InboundMessage> {
    let message = update.get("message")?;
    let kind = text(message, "/type").unwrap_or("unsupported");
    let media = media(message, kind);
    Some(InboundMessage {
        external_id: owned(message, "/id")?,
        from: sender(update)?,
        sent_at: time(message),
        draft: draft(message, kind),
        media,
        reply_to: owned(message, "/context/id"),
        is_from_ad: message.get("referral").is_some(),
    })
}

fn time(value: &Value) -> Timestamp {
    let seconds = number(value, "/timestamp").unwrap_or(0);
    Timestamp::from_millis(seconds.saturating_mul(1_000))
}

fn media(message: &Value, kind: &str) -> Option<InboundMedia> {
    let is_media = matches!(kind, "image" | "video" | "audio" | "document" | "sticker");
    let media = message.get(kind).filter(|_| is_media)?;
    Some(InboundMedia {
        location: MediaLocation::Id(owned(media, "/id")?),
        content_type: owned(media, "/mime_type"),
        name: owned(media, "/filename"),
    })
}

/// Returns the message with its text. What has no text of its own is described, and its data is
/// kept in the metadata.
fn draft(message: &Value, kind: &str) -> Draft {
    let part = message.get(kind).cloned().unwrap_or_default();
    let at = |pointer: &str| owned(&part, pointer);
    let content = match kind {
        "text" | "system" => at("/body"),
        "button" => at("/text").or_else(|| at("/payload")),
        "interactive" => at("/button_reply/title")
            .or_else(|| at("/list_reply/title"))
            .or_else(|| at("/nfm_reply/body")),
        "location" => Some(location(&part)),
        "contacts" => Some(contacts(&part)),
        "order" => Some(order(&part)),
        "image" | "video" | "audio" | "document" | "sticker" => at("/caption"),
        _ => text(message, "/errors/0/message")
            .or_else(|| text(message, "/errors/0/title"))
            .map(ToOwned::to_owned),
    };
    let details = match kind {
        "text" | "image" | "video" | "document" | "sticker" | "audio" => referral(message),
        _ => Some(part),
    };
    let r#type = match kind {
        "text" | "button" | "interactive" => PLAIN_TYPE,
        "image" | "sticker" => "image",
        "video" => "video",
        "audio" => "audio",
        "document" => "file",
        "location" | "contacts" | "order" => kind,
        "system" => "notice",
        _ => "unsupported",
    };
    let is_media = matches!(kind, "image" | "sticker" | "video" | "audio" | "document");
    let content = content.or_else(|| (!is_media).then(|| format!("[{type}]")));
    Draft {
        r#type: Some(r#type.to_owned()),
        content,
        metadata: details.map(|details| metadata("whatsapp", details)),
        ..Draft::default()
    }
}

fn referral(message: &Value) -> Option<Value> {
    message.get("referral").cloned()
}

fn location(part: &Value) -> String {
    let coordinate = |pointer: &str| {
        let value = part.pointer(pointer);
        value.map(ToString::to_string).unwrap_or_default()
    };
    let place = [text(part, "/name"), text(part, "/address")];
    let coordinates = format!("{}, {}", coordinate("/latitude"), coordinate("/longitude"));
    let words = place.into_iter().flatten().map(ToOwned::to_owned);
    let words: Vec<_> = words.chain([coordinates]).collect();
    words.join("\n")
}

fn contacts(part: &Value) -> String {
    let line = |contact: &Value| {
        let name = text(contact, "/name/formatted_name").unwrap_or("?");
        let phone = text(contact, "/phones/0/phone").unwrap_or_default();
        format!("{name} {phone}").trim_end().to_owned()
    };
    let lines: Vec<_> = part.as_array().into_iter().flatten().map(line).collect();
    lines.join("\n")
}

fn order(part: &Value) -> String {
    let items = part.get("product_items").and_then(Value::as_array);
    let count = items.map_or(0, Vec::len);
    match text(part, "/text") {
        Some(text) => format!("{text}\n[order of {count} items]"),
        None => format!("[order of {count} items]"),
    }
}

fn reaction(update: &Value) -> Option<Parsed> {
    Some(Parsed::Reaction {
        from: sender(update)?,
        external_id: owned(update, "/message/reaction/message_id")?,
        emoji: owned(update, "/message/reaction/emoji"),
    })
}

fn status(update: &Value) -> Option<InboundStatus> {
    let status = match text(update, "/status")? {
        "sent" => PlatformStatus::Sent,
        "delivered" => PlatformStatus::Delivered,
        // A voice message that was played has been read.
        "read" | "played" => PlatformStatus::Read,
        "failed" => PlatformStatus::Failed,
        _ => return None,
    };
    let code = number(update, "/errors/0/code");
    let title = text(update, "/errors/0/title").or_else(|| text(update, "/errors/0/message"));
    let reason = code.map(|code| format!("{code}: {}", title.unwrap_or_default()));
    Some(InboundStatus {
        external_id: owned(update, "/id")?,
        status,
        at: time(update),
        reason: reason.filter(|_| status == PlatformStatus::Failed),
        callback_data: owned(update, "/biz_opaque_callback_data"),
    })
}
