use reqwest::Method;
use serde_json::json;
use testkit::World;

use crate::support::{anonymous, owner};

testkit::stories!(every_operation_follows_the_table_of_roles);

const ROLES: [&str; 5] = ["owner", "admin", "support", "billing", "read_only"];

/// Every operation of the admin API, called with each role and without a credential, is rejected
/// with 403 or 401 exactly where the table of roles says so.
async fn every_operation_follows_the_table_of_roles(world: World) {
    let ada = owner(&world).await;
    let mut clients = vec![("none", anonymous(&world.server))];
    for role in ROLES {
        clients.push((role, ada.invite(&world.server, role).await.api));
    }
    let mut wrong = Vec::new();
    for operation in http_api::admin::operations() {
        // Ids that do not exist: an allowed call ends with 404 or 400 and has no effect.
        let path = operation
            .path
            .replace("{tenant}", "clnt_000000000000000000000000")
            .replace("{application}", "app_000000000000000000000000");
        let path: String = path
            .split('/')
            .map(|part| {
                if part.starts_with('{') {
                    "000000000000000000000000"
                } else {
                    part
                }
            })
            .collect::<Vec<_>>()
            .join("/");
        let is_post = [Method::POST, Method::PATCH].contains(&operation.method);
        for (role, client) in &clients {
            let body = is_post.then(|| json!({"unknown": true}));
            let method = Method::from_bytes(operation.method.as_str().as_bytes());
            let response = client.call(method.expect("a method"), &path, body).await;
            let expected = match *role {
                _ if operation.roles.is_empty() => None,
                "none" => Some(401),
                role if operation.roles.contains(&role) => None,
                _ => Some(403),
            };
            let got = Some(response.status).filter(|status| [401, 403].contains(status));
            if got != expected {
                wrong.push(format!("{} as {role}: {}", operation.id, response.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
