//! Shared pieces of the stories.

use serde_json::Value;
use testkit::api::Client;
use testkit::{ServerProcess, TestAdmin, World};

/// Returns a client of the admin API without a credential.
pub fn anonymous(server: &ServerProcess) -> Client {
    Client::new(&server.admin_url())
}

/// Creates an owner, and signs in.
pub async fn owner(world: &World) -> TestAdmin {
    TestAdmin::owner(&world.server, "ada@example.com").await
}

pub fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
