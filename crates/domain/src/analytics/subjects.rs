use std::collections::HashMap;

use base::{Error, ErrorCode, Id, IdOrExternalId, Result};
use store::TenantStore;

use super::NewEvent;
use crate::actor::Actor;
use crate::users::{self, User};

/// Of whom events tell, in their order, by at most two statements.
pub async fn subjects(
    tenant: &TenantStore,
    actor: Actor,
    events: &[NewEvent],
) -> Result<Vec<Option<Id<User>>>> {
    let acting = actor.user().ok();
    let mut names: Vec<IdOrExternalId<User>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut told: Vec<Option<usize>> = Vec::with_capacity(events.len());
    for name in events.iter().map(|event| event.user.as_ref()) {
        told.push(name.filter(|name| !is(name, acting)).map(|name| {
            *places.entry(name.to_string()).or_insert_with(|| {
                names.push(name.clone());
                names.len() - 1
            })
        }));
    }
    let users = users::resolve_many(tenant, &names)
        .await
        .map_err(|failure| unknown(&failure, &told))?;
    let of = |(event, at): (usize, Option<usize>)| match at.map(|at| users[at].id) {
        None => Ok(acting),
        Some(user) if acting.is_none_or(|acting| acting == user) => Ok(Some(user)),
        Some(_) => {
            let told = "A user tells of their own events only.";
            Err(Error::new(ErrorCode::Forbidden, told)
                .at(format!("/{event}/user_id"), "is another user"))
        }
    };
    told.into_iter().enumerate().map(of).collect()
}

/// Whether a name is the acting user's, by which nobody has to be looked up.
fn is(name: &IdOrExternalId<User>, acting: Option<Id<User>>) -> bool {
    matches!(name, IdOrExternalId::Id(id) if Some(*id) == acting)
}

/// Points to the event that names nobody instead of to the name.
fn unknown(failure: &Error, told: &[Option<usize>]) -> Error {
    if failure.code != ErrorCode::UserNotFound {
        return failure.clone();
    }
    let name = failure
        .faults
        .first()
        .and_then(|fault| fault.pointer.strip_prefix('/')?.parse::<usize>().ok());
    let event = told
        .iter()
        .position(|at| at.is_some() && *at == name)
        .unwrap_or(0);
    users::not_found().at(format!("/{event}/user_id"), "names no user")
}
