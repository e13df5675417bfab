use base::{Direction, ErrorCode, Id, PageSize, Patch};
use store::TenantStore;

use super::State::{Blocked, Friends, Pending, Requested};
use super::*;
use crate::users::User;
use crate::world::{World, person};

async fn states(tenant: &TenantStore, one: Id<User>, other: Id<User>) -> (State, State) {
    Pair::read(tenant, one, other).await.unwrap().states()
}

#[tokio::test]
async fn request_can_be_accepted_declined_or_cancelled() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ada = person(&acme, "ada").await;
    let bob = person(&acme, "bob").await;
    for (by, action, after) in [
        (
            ada,
            RelationshipAction::Request,
            (State::Requested, State::Pending),
        ),
        (
            ada,
            RelationshipAction::Request,
            (State::Requested, State::Pending),
        ),
        (bob, RelationshipAction::Decline, (State::None, State::None)),
        (
            ada,
            RelationshipAction::Request,
            (State::Requested, State::Pending),
        ),
        (ada, RelationshipAction::Cancel, (State::None, State::None)),
        (
            ada,
            RelationshipAction::Request,
            (State::Requested, State::Pending),
        ),
        (
            bob,
            RelationshipAction::Request,
            (State::Friends, State::Friends),
        ),
        (bob, RelationshipAction::Remove, (State::None, State::None)),
    ] {
        let other = if by == ada { bob } else { ada };
        change(&acme, by, other, action).await.unwrap();
        assert_eq!(states(&acme, ada, bob).await, after, "{action}");
    }
    for action in [
        RelationshipAction::Accept,
        RelationshipAction::Decline,
        RelationshipAction::Cancel,
        RelationshipAction::Remove,
        RelationshipAction::Unblock,
    ] {
        assert_eq!(
            change(&acme, ada, bob, action).await.unwrap_err().code,
            ErrorCode::StateConflict,
            "{action}"
        );
    }
    assert_eq!(
        change(&acme, ada, ada, RelationshipAction::Block)
            .await
            .unwrap_err()
            .code,
        ErrorCode::InvalidRequest
    );
}

#[tokio::test]
async fn block_ends_a_friendship_and_is_removed_by_its_user() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ada = person(&acme, "ada").await;
    let bob = person(&acme, "bob").await;
    change(&acme, ada, bob, RelationshipAction::Request)
        .await
        .unwrap();
    change(&acme, bob, ada, RelationshipAction::Accept)
        .await
        .unwrap();
    change(&acme, ada, bob, RelationshipAction::Block)
        .await
        .unwrap();
    assert_eq!(states(&acme, ada, bob).await, (State::Blocked, State::None));
    assert_eq!(
        change(&acme, bob, ada, RelationshipAction::Request)
            .await
            .unwrap_err()
            .code,
        ErrorCode::UserBlocked
    );
    assert_eq!(
        change(&acme, bob, ada, RelationshipAction::Unblock)
            .await
            .unwrap_err()
            .code,
        ErrorCode::StateConflict
    );
    change(&acme, bob, ada, RelationshipAction::Block)
        .await
        .unwrap();
    change(&acme, ada, bob, RelationshipAction::Unblock)
        .await
        .unwrap();
    assert_eq!(states(&acme, ada, bob).await, (State::None, State::Blocked));
    for (one, other) in [(ada, bob), (bob, ada)] {
        assert!(
            blocked_among(&acme, one, &[other])
                .await
                .unwrap()
                .contains(&other)
        );
        assert!(
            require_visible(&acme, crate::Actor::User(one), other)
                .await
                .is_err()
        );
    }
}

#[tokio::test]
async fn both_sides_agree_after_concurrent_actions() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ada = person(&acme, "ada").await;
    let bob = person(&acme, "bob").await;
    let deeds = [
        RelationshipAction::Request,
        RelationshipAction::Accept,
        RelationshipAction::Remove,
        RelationshipAction::Cancel,
        RelationshipAction::Block,
        RelationshipAction::Unblock,
    ];
    let tasks = (0..60).map(|at| {
        let acme = acme.clone();
        let action = deeds[at % deeds.len()];
        let (by, other) = if at % 2 == 0 { (ada, bob) } else { (bob, ada) };
        tokio::spawn(async move { change(&acme, by, other, action).await })
    });
    for task in tasks.collect::<Vec<_>>() {
        // The result is checked below, whether the action succeeded or not.
        let _ = task.await.unwrap();
    }
    let agreed = [
        (State::None, State::None),
        (Requested, Pending),
        (Pending, Requested),
        (Friends, Friends),
        (Blocked, State::None),
        (State::None, Blocked),
        (Blocked, Blocked),
    ];
    let stored = states(&acme, ada, bob).await;
    assert!(agreed.contains(&stored), "{stored:?}");
}

#[tokio::test]
async fn remark_is_private_and_a_favourite_must_be_a_friend() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ada = person(&acme, "ada").await;
    let bob = person(&acme, "bob").await;
    let favourite = || RelationshipNotes {
        favourite: Some(true),
        ..RelationshipNotes::default()
    };
    assert_eq!(
        remark(&acme, ada, bob, favourite()).await.unwrap_err().code,
        ErrorCode::StateConflict
    );
    let noted = RelationshipNotes {
        remark: Patch::Set("tall".to_owned()),
        favourite: Option::None,
    };
    remark(&acme, ada, bob, noted).await.unwrap();
    change(&acme, ada, bob, RelationshipAction::Request)
        .await
        .unwrap();
    change(&acme, bob, ada, RelationshipAction::Accept)
        .await
        .unwrap();
    assert!(
        remark(&acme, ada, bob, favourite())
            .await
            .unwrap()
            .favourite
    );
    assert_eq!(
        get(&acme, ada, bob).await.unwrap().remark.as_deref(),
        Some("tall")
    );
    assert_eq!(get(&acme, bob, ada).await.unwrap().remark, Option::None);
    let found = list(
        &acme,
        ada,
        Option::None,
        PageSize::MAX,
        Direction::Forward,
        Option::None,
    )
    .await
    .unwrap();
    assert_eq!(found.items.len(), 1);
}
