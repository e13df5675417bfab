use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use testkit::{ServerProcess, Tenant, Tier};

/// Requests at once while a workload is prepared.
const AT_ONCE: usize = 32;

/// Users that one request makes.
const BATCH: usize = 100;

/// People and conversations to measure with: of one or several tenants.
#[derive(Debug)]
pub struct Town {
    tenants: Vec<Tenant>,
}

/// A user.
#[derive(Debug, Clone)]
pub struct Resident {
    /// Our id.
    pub id: String,
    /// A user token.
    pub token: String,
    /// Which of the tenants they belong to.
    tenant: usize,
}

impl Town {
    /// A town of so many tenants.
    pub async fn new(caas: &ServerProcess, tenants: usize) -> Self {
        let made = stream::iter(0..tenants).then(async |number| {
            Tenant::create(caas, &format!("tenant-{number}"), Tier::Free).await
        });
        Self {
            tenants: made.collect().await,
        }
    }

    /// New users in groups of one tenant each, the tenants taking turns.
    pub async fn groups(&self, name: &str, count: usize, size: usize) -> Vec<Vec<Resident>> {
        let mut groups = vec![Vec::new(); count];
        for (at, tenant) in self.tenants.iter().enumerate() {
            let own: Vec<usize> = (at..count).step_by(self.tenants.len()).collect();
            let names: Vec<_> = (0..own.len() * size)
                .map(|number| format!("{name}-{number}"))
                .collect();
            let mut people = Vec::with_capacity(names.len());
            for batch in names.chunks(BATCH) {
                people.extend(residents(tenant, at, batch).await);
            }
            for (group, members) in own.into_iter().zip(people.chunks(size)) {
                groups[group] = members.to_vec();
            }
        }
        groups
    }

    /// New users, the tenants taking turns.
    pub async fn people(&self, name: &str, count: usize) -> Vec<Resident> {
        self.groups(name, count, 1).await.concat()
    }

    /// A conversation of these users, who are of one tenant.
    pub async fn conversation(&self, kind: &str, people: &[&Resident]) -> String {
        let participants: Vec<_> = people.iter().map(|person| person.id.as_str()).collect();
        let body = json!({"type": kind, "name": "bench", "participants": participants});
        self.tenants[people[0].tenant].conversation(body).await
    }

    /// A channel of these users, who are of one tenant and may be many.
    pub async fn channel(&self, people: &[&Resident]) -> String {
        let mut batches = people.chunks(BATCH);
        let channel = self
            .conversation("channel", batches.next().unwrap_or_default())
            .await;
        for batch in batches {
            let users: Vec<_> = batch.iter().map(|person| person.id.as_str()).collect();
            let path = format!("/v1/conversations/{channel}/participants");
            let added = self.tenants[people[0].tenant]
                .api
                .post(&path, json!({"participants": users}))
                .await;
            assert!((200..300).contains(&added.status), "{}", added.text);
        }
        channel
    }

    /// Conversations of these groups of users each, in their order.
    pub async fn conversations(&self, groups: Vec<Vec<&Resident>>) -> Vec<String> {
        let made = groups
            .into_iter()
            .map(async |people| self.conversation("group", &people).await);
        stream::iter(made).buffered(AT_ONCE).collect().await
    }

    /// A tenant's name in statements, for ceilings that read what is stored.
    pub fn tenant(&self, person: &Resident) -> &str {
        &self.tenants[person.tenant].id
    }
}

async fn residents(tenant: &Tenant, at: usize, names: &[String]) -> Vec<Resident> {
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
            Resident {
                id,
                token: text(&token, "token"),
                tenant: at,
            }
        });
    stream::iter(minted.collect::<Vec<_>>())
        .buffered(AT_ONCE)
        .collect()
        .await
}

fn text(value: &Value, key: &str) -> String {
    value[key]
        .as_str()
        .map(str::to_owned)
        .expect("the answer names it")
}
