use std::collections::BTreeMap;

use base::{ExternalId, Id, ObjectId, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Json, RawJson, Seq, collection, string_enum};

use super::client_channel::{Audience, MessageSource};
use super::content::{Attachment, InitialParticipant, Revision};
use crate::media::{File, FileKind};
use crate::users::User;

string_enum! {
    /// Type of a conversation.
    pub enum ConversationType {
        /// Exactly two users; at most one conversation per pair.
        Direct = "direct",
        /// Invited users.
        Group = "group",
        /// Many users; public or by invitation.
        Channel = "channel",
    }
}

string_enum! {
    /// Access to a channel.
    pub enum Visibility {
        /// Every user of the tenant may join.
        Public = "public",
        /// By invitation.
        Private = "private",
    }
}

string_enum! {
    /// Role of a participant.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Role {
        /// May read and send.
        Member = "member",
        /// May also change the conversation, its participants and others' messages.
        Admin = "admin",
        /// May also appoint owners and delete the conversation.
        Owner = "owner",
    }
}

string_enum! {
    /// Type of a log record.
    pub enum RecordKind {
        /// Conversation created, with its initial participants.
        Creation = "creation",
        /// Message sent; the record is the message.
        Message = "message",
        /// Message edited.
        Edit = "edit",
        /// Message deleted.
        Deletion = "deletion",
        /// Reaction added or removed.
        Reaction = "reaction",
        /// Participant added, removed or given another role.
        Participant = "participant",
        /// Conversation changed or deleted.
        Settings = "settings",
        /// User erased; their messages are redacted.
        Erasure = "erasure",
        /// Block between the two users of a direct conversation added or removed.
        Block = "block",
        /// Messages redacted by retention.
        Expiry = "expiry",
        /// Ban set or lifted.
        Ban = "ban",
        /// State of an attached file changed.
        File = "file",
    }
}

string_enum! {
    /// Effect of a record on its object.
    pub enum Action {
        /// Object created.
        Added = "added",
        /// Object changed.
        Updated = "updated",
        /// Object removed.
        Removed = "removed",
    }
}

collection! {
    /// A direct conversation, group or channel.
    pub struct Conversation: TenantData "conversations" {
        /// Type of the conversation.
        r#type: ConversationType,
        /// Access; channels only.
        visibility: Option<Visibility>,
        /// Display name; absent for direct conversations.
        name: Option<String>,
        /// Avatar URL.
        avatar_url: Option<String>,
        /// The tenant's own id; released when the conversation is deleted.
        external_id: Option<ExternalId>,
        /// The ids of the two users in ascending order, unique among direct conversations; released
        /// when the conversation is deleted.
        direct_key: Option<String>,
        /// The tenant's own data.
        metadata: Option<RawJson>,
        /// The user who created it; absent if the tenant's server did.
        created_by: Option<Id<User>>,
        /// Number of current participants.
        participant_count: i64,
        /// Whether a block exists between the two users of a direct conversation.
        blocked: Option<bool>,
        /// The client whose channel it is; set when the channel is created.
        client_user_id: Option<Id<User>>,
        /// Time until which the client's platform accepts messages other than templates.
        window_ends_at: Option<Timestamp>,
        /// Sequence number of the newest record that changed the conversation.
        changed_seq: Seq,
    }
    soft_delete: true;
    indexes {
        by_external_id: UniqueWhenPresent [external_id];
        by_direct_key: UniqueWhenPresent [direct_key];
        /// Lists all conversations, oldest first.
        by_created: None [created_at];
        by_type: None [r#type, created_at];
    }
    // Name, avatar and metadata belong to the conversation and are deleted with it, not with the
    // user who set them.
    personal {
        created_by: keep;
        client_user_id: keep;
    }
}

collection! {
    /// Membership of a user in a conversation; kept after the user has left.
    pub struct Participant: TenantData "conversation_participants" {
        /// The conversation.
        conversation_id: Id<Conversation>,
        /// The user.
        user_id: Id<User>,
        /// Role of the user.
        role: Role,
        /// Whether the user is a current participant.
        is_active: bool,
        /// Time of the last join.
        joined_at: Timestamp,
        /// Sequence number of the record of the last join.
        joined_seq: Seq,
        /// Sequence number of the record by which the user left; the last one they may read.
        left_seq: Option<Seq>,
        /// Sequence number of the first record they may read.
        visible_from: Seq,
        /// Sequence number of the newest record that changed the membership.
        changed_seq: Seq,
    }
    shard_by: [conversation_id];
    indexes {
        membership: Unique [conversation_id, user_id];
        by_conversation: None [conversation_id, is_active];
        /// Finds owners and their possible successors, longest membership first.
        by_role: None [conversation_id, is_active, role, joined_seq];
        /// Covers the conversation list, so that it needs no documents.
        by_user: None [user_id, is_active, conversation_id, role, visible_from, joined_seq, joined_at];
    }
    personal {
        user_id: purge by by_user;
    }
}

collection! {
    /// A log record of a conversation. Only records of kind `message` have content; the others
    /// refer to objects by id.
    pub struct Message: TenantData "messages" {
        /// The conversation that owns the log.
        conversation_id: Id<Conversation>,
        /// Sequence number in the log; starts at 1, without gaps.
        seq: i64,
        /// Type of the record.
        kind: RecordKind,
        /// Whether the record is part of the main timeline.
        shown: bool,
        /// The user who caused the record; absent for the tenant's server.
        sender_id: Option<Id<User>>,
        /// Client-generated id of the message; identifies a retry.
        client_message_id: Option<String>,
        /// Keyed hash of the request; distinguishes a retry from a reused client id.
        fingerprint: Option<String>,
        /// Message type: `text`, `image`, `audio`, `video`, `file` or a type of the tenant.
        r#type: Option<String>,
        /// The text.
        content: Option<String>,
        /// Attachments: uploaded files and URLs.
        attachments: Option<Json<Vec<Attachment>>>,
        /// The tenant's own data.
        metadata: Option<RawJson>,
        /// Root message of the thread that this message belongs to.
        thread_id: Option<Id<Message>>,
        /// Number of users per reaction.
        reactions: Option<Json<BTreeMap<String, i64>>>,
        /// Previous contents, oldest first.
        history: Option<Json<Vec<Revision>>>,
        /// Time of the last edit.
        edited_at: Option<Timestamp>,
        /// Sequence number of the newest record that changed the message.
        changed_seq: Seq,
        /// Platform from which the message was received; absent for messages of this server.
        source: Option<MessageSource>,
        /// Integration through which the message was received or sent.
        platform_integration_id: Option<ObjectId>,
        /// Id of the message at its platform.
        external_message_id: Option<String>,
        /// Readers of the message; absent for all participants.
        audience: Option<Audience>,
        /// Effect of the record on its object.
        action: Option<Action>,
        /// The message that the record refers to.
        object_id: Option<Id<Message>>,
        /// The user that the record refers to; for a note of staff, the client who may not read it.
        user_id: Option<Id<User>>,
        /// The user's role after the record.
        role: Option<Role>,
        /// The reaction that was added or removed.
        emoji: Option<String>,
        /// Initial participants.
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
        /// Lists the notes of staff in a conversation.
        by_audience: UniqueWhenPresent [conversation_id, audience, seq];
    }
    personal {
        sender_id: wipe [
            r#type, content, attachments, metadata, history, reactions, fingerprint, client_message_id, emoji,
            external_message_id
        ] by by_sender;
        user_id: keep;
    }
}

collection! {
    /// A user's reaction to a message.
    pub struct Reaction: TenantData "reactions" {
        /// The conversation.
        conversation_id: Id<Conversation>,
        /// The message.
        message_id: Id<Message>,
        /// The user who reacted.
        user_id: Id<User>,
        /// The reaction.
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
    /// How far a user has read and received a conversation. Values never decrease.
    pub struct ReadReceipt: TenantData "read_receipts" {
        /// The conversation.
        conversation_id: Id<Conversation>,
        /// The user.
        user_id: Id<User>,
        /// Sequence number of the newest record that the user has read.
        read_seq: i64,
        /// Sequence number of the newest record that a device of the user has received.
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
    /// A typing indicator of a user.
    pub struct TypingIndicator: TenantEphemeral "typing_indicators" {
        /// The conversation.
        conversation_id: Id<Conversation>,
        /// The user who is typing.
        user_id: Id<User>,
        /// Whether the user is still typing.
        typing: bool,
        /// Expiry time.
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
    /// Presence of one device of a user.
    pub struct Presence: TenantEphemeral "presence" {
        /// The user who owns the device.
        user_id: Id<User>,
        /// The device.
        device_id: String,
        /// Whether it is online.
        online: bool,
        /// Time at which it was last visible as online.
        last_seen_at: Timestamp,
        /// Expiry time.
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

collection! {
    /// A message that holds a file.
    pub struct FileReference: TenantData "file_references" {
        /// The conversation.
        conversation_id: Id<Conversation>,
        /// The message.
        message_id: Id<Message>,
        /// The file.
        file_id: Id<File>,
        /// The sender of the message.
        user_id: Id<User>,
        /// Kind of the file.
        kind: FileKind,
        /// Sequence number of the record that added the file to the message.
        seq: Seq,
    }
    shard_by: [conversation_id];
    indexes {
        by_message: Unique [conversation_id, message_id, file_id];
        /// Finds the messages that hold a file.
        by_file: None [file_id];
        /// Lists the files of a conversation.
        by_conversation: None [conversation_id, seq];
        /// Lists the files of a kind of a conversation.
        by_kind: None [conversation_id, kind, seq];
        by_user: None [user_id];
    }
    personal {
        user_id: purge by by_user, exported: false;
    }
}

/// Returns the acting user as stored in `deleted_by`.
pub(super) fn deleted_by(user: Option<Id<User>>) -> Option<ObjectId> {
    user.map(Id::object_id)
}
