//! Conversations, participants and messages. Every durable change of a conversation is a record of
//! its log.

mod access;
mod attachment_urls;
mod attachments;
mod bans;
mod blocks;
mod collections;
mod content;
mod conversation;
mod conversation_files;
mod emoji;
mod erasure;
mod event;
mod expiry;
mod history;
mod history_reader;
mod message;
mod participant;
mod past;
mod permissions;
mod presence;
mod reaction;
mod receipts;
mod record;
#[cfg(test)]
mod tests;
mod unread;

pub use access::{Access, find_even_deleted, open};
pub(crate) use attachments::{announce_file, holders, remove_references};
pub use attachments::{is_held_by, load_file_details, readable_file};
pub use bans::{Ban, NewBan, lift as lift_ban, list as list_bans, set as ban};
pub use blocks::{enforce, relate};
pub use collections::{
    Action, Conversation, ConversationType, FileReference, Message, Participant, Presence,
    Reaction, ReadReceipt, RecordKind, Role, TypingIndicator, Visibility,
};
pub use content::{AttachedFile, Attachment, InitialParticipant, Revision};
pub use conversation::{
    ConversationPatch, ConversationView, Created, ListPage, ListPosition, MembershipView,
    NewConversation, TenantFilter, create, create_once, delete as delete_conversation,
    get as get_conversation, list as list_conversations, list_all as list_all_conversations,
    require_naming, set_avatar as set_conversation_avatar, update as update_conversation,
    views as conversation_views,
};
pub use conversation_files::{ConversationFile, ConversationFiles, conversation_files};
pub use emoji::reaction_pattern;
pub(crate) use erasure::{ForgetOutcome, end_memberships, forget, remove_reaction};
pub use event::{Event, LogEvent, events};
pub(crate) use expiry::{ExpiryOutcome, expired_records, redact_expired};
pub use history::{Around, History, LogPart, around, log_between, read_log, sent_by};
pub use history_reader::HistoryReader;
pub use message::{
    Draft, EditedMessage, MessageSender, PLAIN_TYPE, Sent, delete as delete_message, edit,
    get as get_message, send,
};
pub use participant::{
    Membership, add as add_participants, delete_user, hand_over, join, leave,
    list as list_participants, memberships, remove as remove_participant, set_role,
};
pub use permissions::can_post;
pub use presence::{
    Seen, end_presence, own_conversation, presence_of, presence_visible, set_presence, set_typing,
};
pub use reaction::{own as own_reactions, react, unreact};
pub use receipts::{
    MessageStatus, ReceiptDebouncer, Receipts, Status, advance_receipt, advance_receipts,
    own_receipts, receipts_of, status, visible_receipts,
};
pub use unread::{Unread, unread_total};

use store::{Collection, Declaration};

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[
    Conversation::DECLARATION,
    Participant::DECLARATION,
    Ban::DECLARATION,
    Message::DECLARATION,
    Reaction::DECLARATION,
    FileReference::DECLARATION,
    ReadReceipt::DECLARATION,
    TypingIndicator::DECLARATION,
    Presence::DECLARATION,
];
