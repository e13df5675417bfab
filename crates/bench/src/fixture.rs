use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use testkit::{ServerProcess, Tenant, Tier};

/// Concurrent requests while a workload is prepared.
const CONCURRENCY: usize = 32;

/// Users created by one request.
const BATCH: usize = 100;

/// Users and conversations of one or several tenants.
#[derive(Debug)]
pub struct Fixture {
    tenants: Vec<Tenant>,
}

/// User with a token.
#[derive(Debug, Clone)]
pub struct BenchUser {
    /// User id.
    pub id: String,
    /// User token.
    pub token: String,
    /// Index of the tenant.
    tenant: usize,
}

impl Fixture {
    /// Creates a number of tenants.
    pub async fn new(caas: &ServerProcess, tenants: usize) -> Self {
        let made = stream::iter(0..tenants).then(async |number| {
            Tenant::create(caas, &format!("tenant-{number}"), Tier::Free).await
        });
        Self {
            tenants: made.collect().await,
        }
    }

    /// Creates groups of users. A group belongs to one tenant; tenants alternate.
    pub async fn groups(&self, name: &str, count: usize, size: usize) -> Vec<Vec<BenchUser>> {
        let mut groups = vec![Vec::new(); count];
        for (at, tenant) in self.tenants.iter().enumerate() {
            let own: Vec<usize> = (at..count).step_by(self.tenants.len()).collect();
            let names: Vec<_> = (0..own.len() * size)
                .map(|number| format!("{name}-{number}"))
                .collect();
            let mut users = Vec::with_capacity(names.len());
            for batch in names.chunks(BATCH) {
                users.extend(create_users(tenant, at, batch).await);
            }
            for (group, members) in own.into_iter().zip(users.chunks(size)) {
                groups[group] = members.to_vec();
            }
        }
        groups
    }

    /// Creates users; tenants alternate.
    pub async fn users(&self, name: &str, count: usize) -> Vec<BenchUser> {
        self.groups(name, count, 1).await.concat()
    }

    /// Creates a conversation of users of one tenant.
    pub async fn conversation(&self, kind: &str, users: &[&BenchUser]) -> String {
        let participants: Vec<_> = users.iter().map(|user| user.id.as_str()).collect();
        let body = json!({"type": kind, "name": "bench", "participants": participants});
        self.tenants[users[0].tenant].conversation(body).await
    }

    /// Creates a channel of any number of users of one tenant.
    pub async fn channel(&self, users: &[&BenchUser]) -> String {
        let mut batches = users.chunks(BATCH);
        let channel = self
            .conversation("channel", batches.next().unwrap_or_default())
            .await;
        for batch in batches {
            let ids: Vec<_> = batch.iter().map(|user| user.id.as_str()).collect();
            let path = format!("/v1/conversations/{channel}/participants");
            let added = self.tenants[users[0].tenant]
                .api
                .post(&path, json!({"participants": ids}))
                .await;
            assert!((200..300).contains(&added.status), "{}", added.text);
        }
        channel
    }

    /// Creates a conversation per group of users, in order.
    pub async fn conversations(&self, groups: Vec<Vec<&BenchUser>>) -> Vec<String> {
        let made = groups
            .into_iter()
            .map(async |users| self.conversation("group", &users).await);
        stream::iter(made).buffered(CONCURRENCY).collect().await
    }

    /// Returns the tenant id of a user, for statements on the database.
    pub fn tenant(&self, user: &BenchUser) -> &str {
        &self.tenants[user.tenant].id
    }
}

async fn create_users(tenant: &Tenant, at: usize, names: &[String]) -> Vec<BenchUser> {
    let users: Vec<Value> = names
        .iter()
        .map(|name| json!({"external_id": name}))
        .collect();
    let made = tenant
        .api
        .post("/v1/users/batch", json!({"users": users}))
        .await
        .expect(200);
    let minted = made["data"]
        .as_array()
        .into_iter()
        .flatten()
        .map(async |user| {
            let id = text(user, "id");
            let token = tenant
                .api
                .post(&format!("/v1/users/{id}/tokens"), json!({}))
                .await
                .expect(201);
            BenchUser {
                id,
                token: text(&token, "token"),
                tenant: at,
            }
        });
    stream::iter(minted.collect::<Vec<_>>())
        .buffered(CONCURRENCY)
        .collect()
        .await
}

fn text(value: &Value, key: &str) -> String {
    value[key]
        .as_str()
        .map(str::to_owned)
        .expect("the response has the field")
}
