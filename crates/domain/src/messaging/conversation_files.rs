use std::collections::HashMap;
use std::ops::Bound;

use base::{Direction, IdOrExternalId, PageSize, Result};
use store::{Entity, Position, Seq, TenantStore};

use super::access::open;
use super::collections::{Conversation, FileReference};
use crate::actor::Actor;
use crate::media::{File, FileKind, FileState};

/// A file of a conversation, with the message that holds it.
#[derive(Clone, Debug)]
pub struct ConversationFile {
    /// The reference.
    pub reference: Entity<FileReference>,
    /// The file.
    pub file: Entity<File>,
}

/// A page of a conversation's files.
#[derive(Clone, Debug)]
pub struct ConversationFiles {
    /// The files that exist.
    pub files: Vec<ConversationFile>,
    /// Page of the references.
    pub page: store::Page<FileReference>,
}

/// Returns a page of the files of a conversation that the actor may read.
///
/// # Errors
/// 404 `conversation_not_found`, 403 `not_a_participant`.
pub async fn conversation_files(
    tenant: &TenantStore,
    actor: Actor,
    conversation: &IdOrExternalId<Conversation>,
    kind: Option<FileKind>,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<ConversationFiles> {
    let access = open(tenant, actor, conversation).await?;
    let (from, to) = access.readable()?;
    let of_conversation = match kind {
        None => FileReference::by_conversation
            .eq(FileReference::conversation_id, access.conversation.id),
        Some(kind) => FileReference::by_kind
            .eq(FileReference::conversation_id, access.conversation.id)
            .eq(FileReference::kind, kind),
    };
    let query = of_conversation.between(FileReference::seq, seq_bound(from), seq_bound(to));
    let page = tenant
        .list(query.limit(size.get()).towards(direction).after(after))
        .await?;
    let ids: Vec<_> = page
        .items
        .iter()
        .map(|reference| reference.file_id)
        .collect();
    let found: HashMap<_, _> = tenant
        .get_many(&ids)
        .await?
        .into_iter()
        .filter(|file| file.state != FileState::Deleting)
        .map(|file| (file.id, file))
        .collect();
    let files = page.items.iter().filter_map(|reference| {
        Some(ConversationFile {
            reference: reference.clone(),
            file: found.get(&reference.file_id)?.clone(),
        })
    });
    Ok(ConversationFiles {
        files: files.collect(),
        page,
    })
}

fn seq_bound(bound: Bound<i64>) -> Bound<Seq> {
    match bound {
        Bound::Included(seq) => Bound::Included(Seq::At(seq)),
        Bound::Excluded(seq) => Bound::Excluded(Seq::At(seq)),
        Bound::Unbounded => Bound::Unbounded,
    }
}
