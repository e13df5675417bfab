//! A former participant's view: everything as of the record by which they left. Every read of a
//! conversation applies it.

use base::Timestamp;
use store::{Entity, Json, RawJson, Seq};

use super::collections::{Action, Conversation, Message, Participant, Visibility};
use super::content::Revision;

/// The point at which a former participant's view ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PastView {
    /// Sequence number of the record by which the user left.
    last: i64,
    /// Time at which the user left.
    left_at: Timestamp,
}

impl PastView {
    /// Returns the view of a former participant; `None` for a current one.
    pub(super) fn of(member: &Entity<Participant>) -> Option<Self> {
        let last = member.left_seq.map_or(0, Seq::get);
        (!member.is_active).then_some(Self {
            last,
            left_at: member.updated_at,
        })
    }

    /// Returns the sequence number of the last readable record.
    pub(super) const fn last(self) -> i64 {
        self.last
    }

    /// Returns the conversation as of then. Earlier names are not stored, so name, avatar and
    /// metadata are omitted if they have changed since. A public channel is shown unchanged.
    pub(super) fn conversation(
        self,
        mut conversation: Entity<Conversation>,
    ) -> Entity<Conversation> {
        let is_public = conversation.visibility == Some(Visibility::Public);
        if is_public || conversation.changed_seq.get() <= self.last {
            return conversation;
        }
        conversation.doc.name = None;
        conversation.doc.avatar_url = None;
        conversation.doc.metadata = None;
        conversation.doc.changed_seq = Seq::At(self.last);
        conversation.updated_at = conversation.updated_at.min(self.left_at);
        conversation
    }

    /// Returns the message as of then. Shows the content of that time if the history has it, and
    /// omits the reactions if they have changed since. A deleted message stays deleted.
    pub(super) fn message(self, mut message: Entity<Message>) -> Entity<Message> {
        if message.changed_seq.get() <= self.last || message.deleted_at.is_some() {
            return message;
        }
        message.doc.reactions = None;
        message.doc.changed_seq = Seq::At(self.last);
        let history = message
            .doc
            .history
            .take()
            .map(|history| history.0)
            .unwrap_or_default();
        match content_at(&history, self.last) {
            ContentAt::Current => {}
            ContentAt::Earlier(at) => {
                let edits = i64::try_from(history.len() - at).unwrap_or(0);
                let edited_at = at.checked_sub(1).map(|before| history[before].replaced_at);
                message.version = (message.version - edits).max(1);
                show(&mut message, edited_at, history.into_iter().nth(at));
            }
            ContentAt::Unknown => show(&mut message, None, None),
        }
        message
    }

    /// Returns the participant as described by the record.
    pub(super) fn participant(
        self,
        mut member: Entity<Participant>,
        record: &Entity<Message>,
    ) -> Entity<Participant> {
        if member.changed_seq.get() <= self.last {
            return member;
        }
        let is_removed = record.action == Some(Action::Removed);
        member.doc.role = record.role.unwrap_or(member.role);
        member.doc.is_active = !is_removed;
        member.doc.left_seq = is_removed.then_some(Seq::At(record.seq));
        member.doc.changed_seq = Seq::At(record.seq);
        if member.joined_seq.get() > self.last || record.action == Some(Action::Added) {
            member.doc.joined_seq = Seq::At(record.seq);
            member.doc.joined_at = record.created_at;
        }
        member
    }
}

/// The content of a message as of a record.
#[derive(Debug, PartialEq, Eq)]
enum ContentAt {
    /// The current content.
    Current,
    /// The revision at this index of the history.
    Earlier(usize),
    /// No longer in the history.
    Unknown,
}

fn content_at(history: &[Revision], last: i64) -> ContentAt {
    // Revisions written by old versions do not have the sequence number of their replacement.
    if history
        .iter()
        .any(|revision| revision.replaced_seq.is_none())
    {
        return ContentAt::Unknown;
    }
    let is_full = history.len() >= base::limit::MESSAGE_HISTORY;
    match history
        .iter()
        .position(|revision| revision.replaced_seq > Some(last))
    {
        None => ContentAt::Current,
        // Older revisions may have been dropped from the history.
        Some(0) if is_full => ContentAt::Unknown,
        Some(at) => ContentAt::Earlier(at),
    }
}

/// Replaces the content of a message by a revision; clears it if there is none.
fn show(message: &mut Entity<Message>, edited_at: Option<Timestamp>, revision: Option<Revision>) {
    message.updated_at = edited_at.unwrap_or(message.created_at);
    message.doc.edited_at = edited_at;
    let attachments = revision
        .as_ref()
        .map(|revision| revision.attachments.clone())
        .unwrap_or_default();
    message.doc.attachments = (!attachments.is_empty()).then_some(Json(attachments));
    let metadata = revision
        .as_ref()
        .and_then(|revision| revision.metadata.clone());
    message.doc.metadata = metadata.map(|metadata| RawJson(metadata.into()));
    message.doc.content = revision.and_then(|revision| revision.content);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(replaced: &[i64]) -> Vec<Revision> {
        let revision = |seq: &i64| Revision {
            content: Some(format!("until {seq}")),
            attachments: Vec::new(),
            metadata: None,
            replaced_at: Timestamp::from_millis(*seq),
            replaced_seq: Some(*seq),
        };
        replaced.iter().map(revision).collect()
    }

    #[test]
    fn content_as_of_record_is_first_revision_replaced_later() {
        let edited = history(&[5, 9]);
        assert_eq!(content_at(&edited, 4), ContentAt::Earlier(0));
        assert_eq!(content_at(&edited, 5), ContentAt::Earlier(1));
        assert_eq!(content_at(&edited, 8), ContentAt::Earlier(1));
        assert_eq!(content_at(&edited, 9), ContentAt::Current);
        assert_eq!(content_at(&[], 3), ContentAt::Current);
    }

    #[test]
    fn content_dropped_from_full_history_is_unknown() {
        let full: Vec<i64> = (0..20).map(|at| 100 + at).collect();
        assert_eq!(content_at(&history(&full), 99), ContentAt::Unknown);
        assert_eq!(content_at(&history(&full), 100), ContentAt::Earlier(1));
    }

    #[test]
    fn content_without_replaced_seq_is_unknown() {
        let mut old = history(&[5]);
        old[0].replaced_seq = None;
        assert_eq!(content_at(&old, 9), ContentAt::Unknown);
    }
}
