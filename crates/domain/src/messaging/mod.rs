//! Conversations, their participants and the messages in them. Everything
//! durable that happens in a conversation is a record of its log.

mod access;
mod ban;
mod block;
mod collections;
mod conversation;
mod emoji;
mod erase;
mod event;
mod history;
mod later_marks;
mod mark;
mod message;
mod participant;
mod past;
mod presence;
mod presence_visibility;
mod reaction;
mod readers;
mod record;
mod sends;
mod speech;
mod status;
#[cfg(test)]
mod tests;
mod typing;
mod unread;

pub use access::{Access, find_even_deleted, open};
pub use ban::{Ban, NewBan, lift as lift_ban, list as list_bans, set as ban};
pub use block::{enforce, relate};
pub use collections::{
    Action, Attachment, Conversation, ConversationType, InitialParticipant, Message, Participant,
    Presence, Reaction, ReadReceipt, RecordKind, Revision, Role, TypingIndicator, Visibility,
};
pub use conversation::{
    ConversationPatch, ConversationView, Created, ListPage, ListPosition, MembershipView,
    NewConversation, create, create_once, delete as delete_conversation, get as get_conversation,
    list as list_conversations, require_naming, update as update_conversation,
};
pub use emoji::reaction_pattern;
pub(crate) use erase::{Expired, Forgotten, depart_some, forget, old_records, wipe_old, withdraw};
pub use event::{Event, LogEvent, events};
pub use history::{Around, History, LogPart, around, log_between, read_log, sent_by};
pub use mark::{Receipts, mark, mark_many, marks_of, own_marks, shown_marks};
pub use message::{
    Draft, EditedMessage, PLAIN_TYPE, Sent, delete as delete_message, edit, get as get_message,
    send,
};
pub use participant::{
    Membership, add as add_participants, delete_user, hand_over, join, leave,
    list as list_participants, parts, remove as remove_participant, set_role,
};
pub use presence::{Seen, end_presence, presence_of, set_presence};
pub use presence_visibility::{own_conversation, presence_visible};
pub use reaction::{own as own_reactions, react, unreact};
pub use readers::HistoryReader;
pub use sends::MessageSender;
pub use speech::may_speak;
pub use status::{MessageStatus, Status, status};
pub use typing::set_typing;
pub use unread::{Unread, unread_total};

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[
    Conversation::DECLARATION,
    Participant::DECLARATION,
    Ban::DECLARATION,
    Message::DECLARATION,
    Reaction::DECLARATION,
    ReadReceipt::DECLARATION,
    TypingIndicator::DECLARATION,
    Presence::DECLARATION,
];
