use std::collections::BTreeMap;

use base::{ExternalId, Id, ObjectId, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Json, RawJson, Seq, collection, string_enum};

use crate::users::User;

string_enum! {
    /// What kind of conversation it is.
    pub enum ConversationType {
        /// Two users; the same two always get the same one.
        Direct = "direct",
        /// Invited users.
        Group = "group",
        /// Many users, open to all or to invited ones.
        Channel = "channel",
    }
}

string_enum! {
    /// Who may join a channel.
    pub enum Visibility {
        /// Every user of the tenant.
        Public = "public",
        /// Invited users.
        Private = "private",
    }
}

string_enum! {
    /// What a participant may do.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Role {
        /// Writes.
        Member = "member",
        /// Also changes the conversation, its participants and others' messages.
        Admin = "admin",
        /// Also appoints owners and deletes the conversation.
        Owner = "owner",
    }
}

string_enum! {
    /// What a record of a conversation's log says happened.
    pub enum RecordKind {
        /// The conversation began, with its first participants.
        Creation = "creation",
        /// A message; the record is the message.
        Message = "message",
        /// A message was edited.
        Edit = "edit",
        /// A message was deleted.
        Deletion = "deletion",
        /// A reaction came or went.
        Reaction = "reaction",
        /// A participant came, went or got another role.
        Participant = "participant",
        /// The conversation itself was changed or deleted.
        Settings = "settings",
        /// A user was erased: what they wrote is wiped.
        Erasure = "erasure",
        /// One of the two users of a direct conversation blocks the other, or no more.
        Block = "block",
        /// Messages are wiped because of their age.
        Expiry = "expiry",
        /// A user may not take part any more, or may again.
        Ban = "ban",
    }
}

string_enum! {
    /// What a record did to its object.
    pub enum Action {
        /// It is there now.
        Added = "added",
        /// It is another now.
        Updated = "updated",
        /// It is gone now.
        Removed = "removed",
    }
}

collection! {
    /// A conversation of users: direct, group or channel.
    pub struct Conversation: TenantData "conversations" {
        /// What kind it is.
        r#type: ConversationType,
        /// Who may join; channels only.
        visibility: Option<Visibility>,
        /// What participants call it; never in direct ones.
        name: Option<String>,
        /// A picture.
        avatar_url: Option<String>,
        /// The tenant's own id; freed when the conversation is deleted.
        external_id: Option<ExternalId>,
        /// The ids of the two users in order, which makes direct ones distinct; freed likewise.
        direct_key: Option<String>,
        /// The tenant's own data.
        metadata: Option<RawJson>,
        /// Who began it, when it was a user.
        created_by: Option<Id<User>>,
        /// How many take part now.
        participant_count: i64,
        /// Whether one of the two users of a direct one blocks the other.
        blocked: Option<bool>,
        /// The newest record that changed the conversation.
        changed_seq: Seq,
    }
    soft_delete: true;
    indexes {
        by_external_id: UniqueWhenPresent [external_id];
        by_direct_key: UniqueWhenPresent [direct_key];
        /// Walks all, the oldest first.
        by_created: None [created_at];
    }
    // What it is called is the conversation's: it goes with it, not with who called it so.
    personal {
        created_by: keep;
    }
}

collection! {
    /// One user's part in one conversation, one document for ever.
    pub struct Participant: TenantData "conversation_participants" {
        /// The conversation.
        conversation_id: Id<Conversation>,
        /// The user.
        user_id: Id<User>,
        /// What they may do.
        role: Role,
        /// Whether they take part now.
        is_active: bool,
        /// When they joined last.
        joined_at: Timestamp,
        /// The record by which they joined last.
        joined_seq: Seq,
        /// The record by which they left; the last one they may read.
        left_seq: Option<Seq>,
        /// The first record they may read.
        visible_from: Seq,
        /// The newest record that changed their part.
        changed_seq: Seq,
    }
    shard_by: [conversation_id];
    indexes {
        membership: Unique [conversation_id, user_id];
        by_conversation: None [conversation_id, is_active];
        /// Finds owners, and those who may become one, who joined first at first.
        by_role: None [conversation_id, is_active, role, joined_seq];
        /// Holds all that a list of conversations needs of a part.
        by_user: None [user_id, is_active, conversation_id, role, visible_from, joined_seq, joined_at];
    }
    personal {
        user_id: purge by by_user;
    }
}

collection! {
    /// A record of a conversation's log. Records of kind `message` are the
    /// messages and alone hold content; the others hold ids.
    pub struct Message: TenantData "messages" {
        /// The conversation, whose log this is.
        conversation_id: Id<Conversation>,
        /// The record's number in the log, from 1 without holes.
        seq: i64,
        /// What happened.
        kind: RecordKind,
        /// Whether it stands in the main timeline.
        shown: bool,
        /// Who did it, when it was a user.
        sender_id: Option<Id<User>>,
        /// The sender's own id of the message; tells a retry.
        client_message_id: Option<String>,
        /// A keyed fingerprint of what was sent; tells a retry from a reuse.
        fingerprint: Option<String>,
        /// The type of the message: `text`, `image`, `audio`, `video`, `file` or the tenant's own.
        r#type: Option<String>,
        /// The text.
        content: Option<String>,
        /// What is attached.
        attachments: Option<Json<Vec<Attachment>>>,
        /// The tenant's own data.
        metadata: Option<RawJson>,
        /// The message whose thread this belongs to.
        thread_id: Option<Id<Message>>,
        /// How many users reacted with what.
        reactions: Option<Json<BTreeMap<String, i64>>>,
        /// Earlier contents, the newest last.
        history: Option<Json<Vec<Revision>>>,
        /// When it was edited last.
        edited_at: Option<Timestamp>,
        /// The newest record that changed the message.
        changed_seq: Seq,
        /// What was done to the object.
        action: Option<Action>,
        /// The message that the record is about.
        object_id: Option<Id<Message>>,
        /// The user that the record is about.
        user_id: Option<Id<User>>,
        /// The role that the user has since.
        role: Option<Role>,
        /// The reaction that came or went.
        emoji: Option<String>,
        /// The first participants.
        participants: Option<Json<Vec<InitialParticipant>>>,
    }
    shard_by: [conversation_id];
    log: {
        key: conversation_id of Conversation, seq: seq, shown: shown,
        fence: by_seq, timeline: by_shown, retry: by_client_message_id,
    };
    indexes {
        by_seq: Unique [conversation_id, seq];
        by_shown: Unique [conversation_id, shown, seq];
        by_client_message_id: UniqueWhenPresent [conversation_id, sender_id, client_message_id];
        by_sender: None [sender_id, kind, created_at];
    }
    personal {
        sender_id: wipe [
            r#type, content, attachments, metadata, history, reactions, fingerprint, client_message_id, emoji
        ] by by_sender;
        user_id: keep;
    }
}

collection! {
    /// One user's reaction to one message.
    pub struct Reaction: TenantData "reactions" {
        /// The conversation.
        conversation_id: Id<Conversation>,
        /// The message.
        message_id: Id<Message>,
        /// Who reacts.
        user_id: Id<User>,
        /// With what.
        emoji: String,
    }
    shard_by: [conversation_id];
    indexes {
        by_message: Unique [conversation_id, message_id, user_id, emoji];
        by_user: None [user_id, message_id];
    }
    personal {
        user_id: purge by by_user;
    }
}

collection! {
    /// How far a user has got in a conversation. Never goes backward.
    pub struct ReadReceipt: TenantData "read_receipts" {
        /// The conversation.
        conversation_id: Id<Conversation>,
        /// The user.
        user_id: Id<User>,
        /// The newest record the user has read.
        read_seq: i64,
        /// The newest record that a device of the user has received.
        delivered_seq: i64,
    }
    watched: true;
    shard_by: [conversation_id];
    indexes {
        by_conversation: Unique [conversation_id, user_id];
        by_user: None [user_id, conversation_id];
    }
    personal {
        user_id: purge by by_user;
    }
}

collection! {
    /// Says that a user is typing.
    pub struct TypingIndicator: TenantEphemeral "typing_indicators" {
        /// The conversation.
        conversation_id: Id<Conversation>,
        /// Who types.
        user_id: Id<User>,
        /// Whether they have stopped.
        typing: bool,
        /// When it is forgotten.
        expires_at: Timestamp,
    }
    expires: expires_at;
    watched: true;
    shard_by: [conversation_id];
    indexes {
        by_conversation: Unique [conversation_id, user_id];
    }
    personal {
        user_id: lapse;
    }
}

collection! {
    /// Says that a device of a user is connected.
    pub struct Presence: TenantEphemeral "presence" {
        /// Whose device.
        user_id: Id<User>,
        /// Which device.
        device_id: String,
        /// Whether it is connected.
        online: bool,
        /// When it was seen last.
        last_seen_at: Timestamp,
        /// When it is forgotten.
        expires_at: Timestamp,
    }
    expires: expires_at;
    watched: true;
    indexes {
        by_device: Unique [user_id, device_id];
    }
    personal {
        user_id: lapse;
    }
}

/// Something a message carries by URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// `image`, `audio`, `video` or `file`.
    pub r#type: String,
    /// Where it is.
    pub url: String,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// Its media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
}

/// An earlier content of an edited message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// The text that stood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// What was attached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The tenant's own data, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
    /// Until when it stood.
    pub replaced_at: Timestamp,
    /// The record by which it was replaced; absent in those of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_seq: Option<i64>,
}

/// One of the first participants of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitialParticipant {
    /// The user.
    pub user_id: Id<User>,
    /// Their role.
    pub role: Role,
}

/// The user that acts, as the last field of a deletion mark wants it.
pub(super) fn marked_by(user: Option<Id<User>>) -> Option<ObjectId> {
    user.map(Id::object_id)
}
