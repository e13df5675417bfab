use serde_json::{Value, json};
use testkit::{TestAdmin, World, eventually};

use crate::support::{owner, text};

testkit::stories!(
    the_audit_log_tells_what_was_done,
    a_killed_server_loses_no_entry,
);

/// Returns the entries of the log, oldest first.
async fn entries(admin: &TestAdmin) -> Vec<Value> {
    let path = "/admin/v1/audit_logs?direction=forward&limit=100";
    let page = admin.api.get(path).await.expect(200);
    page["data"].as_array().cloned().expect("a page")
}

/// Each action has one entry with its actor, its object and the changed fields, but no secrets;
/// denied attempts have one too. The log verifies, and a checkpoint of another log does not.
async fn the_audit_log_tells_what_was_done(world: World) {
    let ada = owner(&world).await;
    let support = ada.invite(&world.server, "support").await;
    let before = entries(&ada).await.len();
    let new = json!({"name": "Zebra", "tier": "free"});
    let tenant = ada.api.post("/admin/v1/tenants", new).await.expect(201);
    let path = format!("/admin/v1/tenants/{}", text(&tenant["id"]));
    ada.api
        .patch(&path, json!({"plan": "gold"}))
        .await
        .has_status(200);
    support
        .api
        .post(&format!("{path}/suspend"), json!({}))
        .await
        .has_status(200);
    support
        .api
        .post(&format!("{path}/resume"), json!({}))
        .await
        .refuses(403, "forbidden");
    let application = ada
        .api
        .post(&format!("{path}/applications"), json!({"name": "web"}))
        .await
        .expect(201);
    let key = json!({"name": "server", "scopes": ["users:read"]});
    let keys = format!("{path}/applications/{}/keys", text(&application["id"]));
    let key = ada.api.post(&keys, key).await.expect(201);
    support
        .repeat_sign_in(&world.server, "000000")
        .await
        .refuses(401, "unauthenticated");
    let entries = entries(&ada).await;
    let told: Vec<_> = entries[before..]
        .iter()
        .map(|entry| {
            (
                text(&entry["action"]),
                text(&entry["actor_name"]),
                text(&entry["outcome"]),
            )
        })
        .collect();
    let expected = [
        ("tenant.created", "ada@example.com", "success"),
        ("tenant.updated", "ada@example.com", "success"),
        ("tenant.suspended", "support@example.com", "success"),
        ("tenant.resumed", "support@example.com", "denied"),
        ("application.created", "ada@example.com", "success"),
        ("api_key.created", "ada@example.com", "success"),
        ("admin.signed_in", "support@example.com", "denied"),
    ];
    let expected = expected
        .map(|(action, actor, outcome)| (action.to_owned(), actor.to_owned(), outcome.to_owned()));
    assert_eq!(told, expected);
    let updated = &entries[before + 1];
    assert_eq!(updated["changes"], json!({"plan": "gold"}));
    assert_eq!(updated["tenant_id"], tenant["id"]);
    assert_eq!(updated["actor_id"], ada.id);
    assert_eq!(updated["address"], "127.0.0.1");
    let log = serde_json::to_string(&entries).expect("JSON");
    for secret in [
        text(&key["key"]),
        text(&application["signing_secret"]),
        ada.secret.clone(),
        ada.token.clone(),
    ] {
        assert!(!log.contains(&secret));
    }
    log_is_searched_and_verified(&world, &ada, &support, &tenant["id"], entries.len()).await;
}

/// The log is filtered, exported and verified; a checkpoint of another log does not verify.
async fn log_is_searched_and_verified(
    world: &World,
    ada: &TestAdmin,
    support: &TestAdmin,
    tenant: &Value,
    count: usize,
) {
    for filter in [
        format!("tenant={}", text(tenant)),
        format!("actor={}", support.id),
        "action=tenant.suspended".to_owned(),
    ] {
        let page = format!("/admin/v1/audit_logs?{filter}");
        let page = ada.api.get(&page).await.expect(200);
        let found = page["data"].as_array().expect("a page");
        assert!(
            found
                .iter()
                .any(|entry| entry["action"] == "tenant.suspended"),
            "{filter}"
        );
    }
    let exported = ada.api.get("/admin/v1/audit_logs/export").await;
    assert_eq!(exported.text.lines().count(), count);
    let verified = world
        .server
        .command(&["audit", "verify"])
        .await
        .expect("a result");
    assert_eq!(verified["is_intact"], true);
    assert_eq!(verified["entries"], count);
    let checkpoint = text(&verified["checkpoint"]);
    let later = format!("/admin/v1/audit_logs/verify?checkpoint={checkpoint}");
    let later = ada.api.get(&later).await.expect(200);
    assert_eq!(later["is_intact"], true);
    let foreign = format!("9999{checkpoint}");
    let foreign = format!("/admin/v1/audit_logs/verify?checkpoint={foreign}");
    let foreign = ada.api.get(&foreign).await.expect(200);
    assert_eq!(foreign["is_intact"], false);
}

/// The server is killed while an admin acts: each action that was acknowledged has its entry
/// afterwards, and no entry exists twice.
async fn a_killed_server_loses_no_entry(mut world: World) {
    let ada = owner(&world).await;
    let path = format!("/admin/v1/tenants/{}", world.tenant.id);
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let api = ada.api.clone();
        let target = path.clone();
        let acting = tokio::spawn(async move {
            let mut plans = Vec::new();
            for number in 0.. {
                let plan = format!("plan-{round}-{number}");
                let patch = Some(json!({"plan": plan}));
                match api.attempt(reqwest::Method::PATCH, &target, patch).await {
                    Ok(answer) if answer.status == 200 => plans.push(plan),
                    // MongoDB holds the locks of a killed transaction for a while.
                    Ok(_) => {}
                    Err(_) => break,
                }
            }
            plans
        });
        let started = format!("plan-{round}-");
        eventually("the admin acts", async || {
            let tenant = ada.api.get(&path).await.expect(200);
            tenant["plan"]
                .as_str()
                .is_some_and(|plan| plan.starts_with(&started))
        })
        .await;
        world.server.kill().await;
        acknowledged.extend(acting.await.expect("no panic"));
        world.server.run().await;
    }
    eventually("the log can be read", async || {
        ada.api.get("/admin/v1/audit_logs").await.status == 200
    })
    .await;
    let mut plans = Vec::new();
    let mut cursor = String::new();
    loop {
        let list = format!(
            "/admin/v1/audit_logs?action=tenant.updated&direction=forward&limit=100{cursor}"
        );
        let page = ada.api.get(&list).await.expect(200);
        let entries = page["data"].as_array().expect("a page");
        plans.extend(entries.iter().map(|entry| text(&entry["changes"]["plan"])));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let lost: Vec<_> = acknowledged
        .iter()
        .filter(|plan| !plans.contains(plan))
        .collect();
    assert!(lost.is_empty(), "{lost:?}");
    let mut unique = plans.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), plans.len());
    let verified = ada.api.get("/admin/v1/audit_logs/verify").await.expect(200);
    assert_eq!(verified["is_intact"], true);
}
