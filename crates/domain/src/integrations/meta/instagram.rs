use base::Timestamp;
use serde_json::Value;

use super::{
    Alias, InboundMedia, InboundMessage, InboundStatus, MediaLocation, Parsed, Sender, kind,
    metadata, number, owned, text,
};
use crate::integrations::collections::AliasKind;
use crate::messaging::{Draft, PLAIN_TYPE, PlatformStatus};

/// Parses an update of Instagram.
pub(super) fn parse(kind: &str, update: &Value) -> Option<Parsed> {
    match kind {
        kind::MESSAGE => Some(Parsed::Message(Box::new(message(update)?))),
        kind::REACTION => reaction(update),
        kind::DELETION => Some(Parsed::Deletion {
            external_id: owned(update, "/message/mid")?,
        }),
        kind::STATUS => Some(Parsed::Status(InboundStatus {
            external_id: owned(update, "/read/mid")?,
            status: PlatformStatus::Read,
            at: time(update),
            reason: None,
            callback_data: None,
        })),
        _ => Some(Parsed::Other),
    }
}

fn sender(update: &Value) -> Option<Sender> {
    Some(Sender {
        aliases: vec![Alias {
            kind: AliasKind::Igsid,
            value: owned(update, "/sender/id")?,
        }],
        name: owned(update, "/sender/username"),
    })
}

fn time(update: &Value) -> Timestamp {
    Timestamp::from_millis(number(update, "/timestamp").unwrap_or(0))
}

fn message(update: &Value) -> Option<InboundMessage> {
    let from = sender(update)?;
    let sent_at = time(update);
    if let Some(postback) = update.get("postback") {
        let content = owned(postback, "/title").or_else(|| owned(postback, "/payload"));
        return Some(InboundMessage {
            external_id: owned(postback, "/mid")?,
            from,
            sent_at,
            draft: draft(PLAIN_TYPE, content, postback.clone()),
            media: None,
            reply_to: None,
            is_from_ad: false,
        });
    }
    let message = update.get("message")?;
    let attachment = message.pointer("/attachments/0");
    let kind = attachment.and_then(|attachment| text(attachment, "/type"));
    let r#type = match kind {
        None => PLAIN_TYPE,
        Some(kind @ ("image" | "video" | "audio" | "file")) => kind,
        Some("ig_reel" | "reel" | "share" | "story_mention" | "ig_post") => "share",
        Some(_) => "unsupported",
    };
    let media = attachment.and_then(|attachment| {
        let is_file = matches!(r#type, "image" | "video" | "audio" | "file");
        Some(InboundMedia {
            location: MediaLocation::Url(owned(attachment, "/payload/url").filter(|_| is_file)?),
            content_type: None,
            name: None,
        })
    });
    let shared = attachment.and_then(|attachment| owned(attachment, "/payload/url"));
    let shared = shared.filter(|_| r#type == "share");
    let content = owned(message, "/text").or(shared);
    let is_story_reply = message.pointer("/reply_to/story").is_some();
    let details = if kind.is_some() || is_story_reply {
        message.clone()
    } else {
        Value::Null
    };
    Some(InboundMessage {
        external_id: owned(message, "/mid")?,
        from,
        sent_at,
        draft: draft(r#type, content, details),
        media,
        reply_to: owned(message, "/reply_to/mid"),
        is_from_ad: update.pointer("/referral").is_some() || message.pointer("/referral").is_some(),
    })
}

fn draft(r#type: &str, content: Option<String>, details: Value) -> Draft {
    let is_file = matches!(r#type, "image" | "video" | "audio" | "file");
    let content = content.or_else(|| (!is_file).then(|| format!("[{type}]")));
    Draft {
        r#type: Some(r#type.to_owned()),
        content,
        metadata: (!details.is_null()).then(|| metadata("instagram", details)),
        ..Draft::default()
    }
}

fn reaction(update: &Value) -> Option<Parsed> {
    let is_removed = text(update, "/reaction/action") == Some("unreact");
    // Custom emoji have only a name.
    let emoji = owned(update, "/reaction/emoji").or_else(|| {
        let name = text(update, "/reaction/reaction")?;
        Some(if name == "love" { "❤" } else { ":other:" }.to_owned())
    });
    Some(Parsed::Reaction {
        from: sender(update)?,
        external_id: owned(update, "/reaction/mid")?,
        emoji: emoji.filter(|_| !is_removed),
    })
}
