use std::collections::HashMap;

use axum::extract::State;
use axum::response::Response;
use base::{Result, limit};
use domain::messaging::{self, Access, Receipts, open, shown_marks};
use wire::{Page, Participant, UserId};

use crate::api::Api;
use crate::cursor::List;
use crate::extract::{Caller, ConversationPath, PageQuery, Query};
use crate::page;
use crate::refusal::Answer;

/// List participants
///
/// Who takes part, in conversations of at most 100 participants with how far each has come; of users whom a block
/// separates from the acting user both marks are 0. For participants and the
/// tenant's servers.
#[utoipa::path(
    get, path = "/v1/conversations/{conversation}/participants", tag = "participants",
    params(("conversation" = wire::schema::Named, Path), PageQuery),
    responses((status = 200, description = "A page of participants.", body = Page<Participant>)),
)]
pub(super) async fn list_participants(
    State(api): State<Api>,
    caller: Caller,
    ConversationPath(name): ConversationPath,
    Query(query): Query<PageQuery>,
) -> Answer<Response> {
    let direction = query.direction();
    let access = open(&caller.tenant, caller.actor, &name).await?;
    let filter = access.conversation.id.to_string();
    let list = List::new(&api, &caller, "list_participants", &filter, direction);
    let after = list.open(query.cursor.as_deref())?;
    page::answer(query.size()?, async |size| {
        let found = messaging::list_participants(
            &caller.tenant,
            caller.actor,
            &name,
            after.clone(),
            direction,
            size,
        )
        .await?;
        let users = api
            .join(&caller.tenant, found.items.iter().map(|part| part.user_id))
            .await?;
        let ids: Vec<_> = found.items.iter().map(|part| part.user_id).collect();
        let marks = marks(&caller, &access, &ids).await?;
        let shown = |part| {
            let shown = Participant::of(part, &users);
            let Some(marks) = &marks else { return shown };
            let of_user = marks.get(&shown.user.id).copied();
            shown.with_marks(of_user)
        };
        Ok(list.page(&found, found.items.iter().map(shown).collect()))
    })
    .await
}

/// How far each participant has come, in conversations where others see it.
async fn marks(
    caller: &Caller,
    access: &Access,
    users: &[UserId],
) -> Result<Option<HashMap<UserId, Receipts>>> {
    if usize::try_from(access.conversation.participant_count).unwrap_or(usize::MAX)
        > limit::MARKS_SHOWN_PARTICIPANTS
    {
        return Ok(None);
    }
    Ok(Some(shown_marks(&caller.tenant, access, users).await?))
}
