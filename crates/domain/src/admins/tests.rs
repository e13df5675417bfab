use base::{ErrorCode, limit};

use super::*;
use crate::world::World;

/// Returns the current code of a secret in base 32, as an authenticator app computes it.
fn code(world: &World, secret: &str) -> String {
    totp::code_of_shown(secret, world.store.context().now())
}

async fn owner(world: &World, email: &str) -> InvitedAdmin {
    invite(world, email, AdminRole::Owner).await
}

async fn invite(world: &World, email: &str, role: AdminRole) -> InvitedAdmin {
    let new = NewAdmin {
        email: email.to_owned(),
        name: "Ada".to_owned(),
        role,
    };
    create_admin(&world.store.platform(), new).await.unwrap()
}

const PASSWORD: &str = "correct horse battery staple";

async fn ready(world: &World, email: &str) -> SetUpAdmin {
    let invited = owner(world, email).await;
    let platform = world.store.platform();
    set_up(&platform, &world.key_ring, &invited.code, PASSWORD)
        .await
        .unwrap()
}

async fn attempt(
    world: &World,
    email: &str,
    password: &str,
    code: &str,
) -> base::Result<StartedSession> {
    let given = SignIn {
        email,
        password,
        code,
        address: None,
        user_agent: Some("curl/8\n"),
    };
    sign_in(&world.store.platform(), &world.key_ring, given).await
}

#[tokio::test]
async fn admin_signs_in_with_password_and_second_factor() {
    let world = World::new();
    let ada = ready(&world, "Ada@example.com").await;
    let now = code(&world, &ada.secret);
    for (password, code) in [
        ("wrong", now.as_str()),
        (PASSWORD, "000000"),
        (PASSWORD, ""),
    ] {
        let failure = attempt(&world, "ada@example.com", password, code).await;
        assert_eq!(failure.unwrap_err().code, ErrorCode::Unauthenticated);
    }
    let started = attempt(&world, "ada@EXAMPLE.com", PASSWORD, &now)
        .await
        .unwrap();
    assert_eq!(started.session.user_agent.as_deref(), Some("curl/8"));
    assert_eq!(started.admin.failures, 0);
    let again = attempt(&world, "ada@example.com", PASSWORD, &now).await;
    assert_eq!(
        again.unwrap_err().code,
        ErrorCode::Unauthenticated,
        "a code is used once"
    );
    let platform = world.store.platform();
    let context = AdminContext::authenticate(&platform, &started.token, None).await;
    assert_eq!(context.unwrap().role, AdminRole::Owner);
    world
        .clock
        .advance(limit::signed(limit::ADMIN_SESSION_SECONDS) * 1_000);
    let expired = AdminContext::authenticate(&platform, &started.token, None).await;
    assert_eq!(expired.unwrap_err().code, ErrorCode::Unauthenticated);
}

#[tokio::test]
async fn setup_code_is_used_once_and_ends_sessions() {
    let world = World::new();
    let platform = world.store.platform();
    let ada = ready(&world, "ada@example.com").await;
    let first = attempt(
        &world,
        "ada@example.com",
        PASSWORD,
        &code(&world, &ada.secret),
    )
    .await;
    let token = first.unwrap().token;
    let reset = reset_admin(&platform, ada.admin.id).await.unwrap();
    set_up(&platform, &world.key_ring, &reset.code, PASSWORD)
        .await
        .unwrap();
    let twice = set_up(&platform, &world.key_ring, &reset.code, PASSWORD).await;
    assert_eq!(twice.unwrap_err().code, ErrorCode::Unauthenticated);
    let ended = AdminContext::authenticate(&platform, &token, None).await;
    assert_eq!(ended.unwrap_err().code, ErrorCode::Unauthenticated);
    let late = reset_admin(&platform, ada.admin.id).await.unwrap();
    world
        .clock
        .advance(limit::signed(limit::ADMIN_SETUP_SECONDS) * 1_000);
    let expired = set_up(&platform, &world.key_ring, &late.code, PASSWORD).await;
    assert_eq!(expired.unwrap_err().code, ErrorCode::Unauthenticated);
}

#[tokio::test]
async fn failed_sign_ins_lock_the_admin_out_for_a_while() {
    let world = World::new();
    let ada = ready(&world, "ada@example.com").await;
    for _ in 0..limit::ADMIN_FAILURES {
        let failure = attempt(&world, "ada@example.com", "wrong", "000000").await;
        assert_eq!(failure.unwrap_err().code, ErrorCode::Unauthenticated);
    }
    let right = code(&world, &ada.secret);
    let locked = attempt(&world, "ada@example.com", PASSWORD, &right).await;
    assert_eq!(locked.unwrap_err().code, ErrorCode::RateLimited);
    world
        .clock
        .advance(limit::signed(limit::ADMIN_LOCK_SECONDS) * 1_000);
    let right = code(&world, &ada.secret);
    attempt(&world, "ada@example.com", PASSWORD, &right)
        .await
        .unwrap();
}

#[tokio::test]
async fn last_owner_stays() {
    let world = World::new();
    let platform = world.store.platform();
    let ada = owner(&world, "ada@example.com").await.admin;
    let demote = |id| {
        let changes = AdminChanges {
            role: Some(AdminRole::Support),
            ..AdminChanges::default()
        };
        update_admin(&platform, id, changes, None)
    };
    assert_eq!(demote(ada.id).await.unwrap_err().code, ErrorCode::LastOwner);
    let removed = remove_admin(&platform, ada.id).await;
    assert_eq!(removed.unwrap_err().code, ErrorCode::LastOwner);
    let bob = owner(&world, "bob@example.com").await.admin;
    let (one, other) = tokio::join!(demote(ada.id), demote(bob.id));
    let outcomes = [one.is_ok(), other.is_ok()];
    assert_eq!(
        outcomes.iter().filter(|&&is_ok| is_ok).count(),
        1,
        "{outcomes:?}"
    );
    let kept = if outcomes[0] { bob.id } else { ada.id };
    assert_eq!(
        remove_admin(&platform, kept).await.unwrap_err().code,
        ErrorCode::LastOwner
    );
}

#[tokio::test]
async fn admin_key_is_limited_to_its_role_and_networks() {
    let world = World::new();
    let platform = world.store.platform();
    let new = NewAdminKey {
        name: "monitoring".to_owned(),
        role: AdminRole::ReadOnly,
        networks: vec!["192.0.2.1/24".to_owned()],
        expires_at: None,
    };
    let created = create_admin_key(&platform, new).await.unwrap();
    assert_eq!(created.key.networks.0, ["192.0.2.0/24"]);
    let call = async |address: &str| {
        let address = Some(address.parse().unwrap());
        AdminContext::authenticate(&platform, &created.text, address)
            .await
            .map_err(|error| error.code)
            .map(|context| context.role)
    };
    assert_eq!(call("192.0.2.9").await, Ok(AdminRole::ReadOnly));
    let elsewhere = call("192.0.3.9").await;
    assert_eq!(elsewhere, Err(ErrorCode::AddressNotAllowed));
    revoke_admin_key(&platform, created.key.id).await.unwrap();
    assert_eq!(call("192.0.2.9").await, Err(ErrorCode::Revoked));
}
