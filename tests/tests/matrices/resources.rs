use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::document::IdForm;
use crate::row::Values;
use crate::tenant_fixture::TenantFixture;

/// A user, a conversation and a message of one tenant, for one cell.
#[derive(Debug, Clone)]
pub struct Resources {
    /// What placeholders stand for: ids of what is there, and new words.
    pub values: Values,
    /// The tenant's own names of what is there, as `ext:…`.
    pub names: Values,
    /// The words that are taken.
    pub taken: Values,
}

/// Whether ids of this kind are words that somebody chose: free, whoever else uses them.
pub fn is_client_chosen(kind: &str) -> bool {
    kind == "epoch" || CLIENT_CHOSEN.contains(&kind)
}

/// Kinds of words.
const CLIENT_CHOSEN: [&str; 9] = [
    "external_user",
    "external_conversation",
    "email",
    "client_message_id",
    "key",
    "device",
    "new_app",
    "new_data_key",
    "event",
];

impl Resources {
    /// Makes one.
    pub async fn create(tenant_fixture: &TenantFixture) -> Self {
        let words = || -> Values {
            CLIENT_CHOSEN
                .iter()
                .map(|kind| (*kind, tenant_fixture.word(kind)))
                .collect()
        };
        let mut values = words();
        let mut taken = words();
        let user = json!({
            "external_id": taken["external_user"], "email": taken["email"],
            "name": tenant_fixture.text(), "metadata": tenant_fixture.metadata(),
        });
        let user = id(&tenant_fixture
            .tenant
            .api
            .post("/v1/users", user)
            .await
            .expect(201));
        tenant_fixture
            .put_app_data(&user, &taken["new_app"], &taken["new_data_key"])
            .await;
        taken.extend([
            ("app", taken["new_app"].clone()),
            ("data_key", taken["new_data_key"].clone()),
        ]);
        taken.extend([
            ("own_app", tenant_fixture.app.clone()),
            ("own_data_key", tenant_fixture.data_key.clone()),
        ]);
        values.extend(
            ["app", "data_key", "own_app", "own_data_key"].map(|kind| (kind, taken[kind].clone())),
        );
        tenant_fixture.request(&user).await;
        tenant_fixture
            .register_device(&user, &taken["device"])
            .await;
        taken.extend([
            ("kept_device", taken["device"].clone()),
            ("own_device", tenant_fixture.device.clone()),
        ]);
        values.extend(["kept_device", "own_device"].map(|kind| (kind, taken[kind].clone())));
        tenant_fixture.record_event(&taken["event"], 0).await;
        let conversation = conversation(tenant_fixture, &user, &taken).await;
        let message = message(tenant_fixture, &conversation, &taken).await;
        values.extend([
            ("other", user.clone()),
            ("user", user),
            ("conversation", conversation),
            ("message", message),
        ]);
        values.insert("erasure", tenant_fixture.erasure.clone());
        ban(tenant_fixture, &values["conversation"]).await;
        values.extend([
            ("owner", tenant_fixture.owner.id.clone()),
            ("outsider", tenant_fixture.outsider.id.clone()),
        ]);
        values.insert("banned", tenant_fixture.banned[0].id.clone());
        values.extend([
            ("emoji", "%F0%9F%91%8D".to_owned()),
            ("text", tenant_fixture.text()),
        ]);
        values.insert(
            "epoch",
            tenant_fixture
                .tenant
                .id
                .trim_start_matches("clnt_")
                .to_owned(),
        );
        let names = Values::from([
            ("user", taken["external_user"].clone()),
            ("other", taken["external_user"].clone()),
            ("conversation", taken["external_conversation"].clone()),
            ("owner", tenant_fixture.owner.external_id.clone()),
            ("outsider", tenant_fixture.outsider.external_id.clone()),
            ("banned", tenant_fixture.banned[0].external_id.clone()),
        ]);
        let names = names
            .into_iter()
            .map(|(kind, name)| (kind, format!("ext:{name}")))
            .collect();
        Self {
            values,
            names,
            taken,
        }
    }

    /// The values with the tenant's own names where there are some.
    pub fn by_external_id(&self) -> Values {
        self.values
            .clone()
            .into_iter()
            .chain(self.names.clone())
            .collect()
    }

    /// A token of the resources's user.
    pub async fn token(&self, tenant_fixture: &TenantFixture) -> String {
        let path = format!("/v1/users/{}/tokens", self.values["user"]);
        let minted = tenant_fixture
            .tenant
            .api
            .post(&path, json!({}))
            .await
            .expect(201);
        minted["token"].as_str().expect("a token").to_owned()
    }

    /// An id of this kind in each way of writing it, and one as long that is nobody's.
    pub fn foreign_and_absent(
        &self,
        kind: &str,
        form: IdForm,
        ours: &TenantFixture,
    ) -> Vec<(String, String)> {
        let id = || {
            self.values
                .get(kind)
                .map(|id| (id.clone(), format!("{}ffffffffffff", &id[..12])))
        };
        let name = || {
            self.names
                .get(kind)
                .map(|name| (name.clone(), name.replacen("ext:them", "ext:none", 1)))
        };
        let word = || {
            self.taken
                .get(kind)
                .map(|word| (word.clone(), ours.word(kind)))
        };
        match form {
            IdForm::Id => id().into_iter().collect(),
            IdForm::IdOrExternalId => id().into_iter().chain(name()).collect(),
            IdForm::Value => word().or_else(id).into_iter().collect(),
        }
    }

    /// What is masked before answers are compared, the longest first.
    pub fn masks(&self) -> Vec<&str> {
        let all: BTreeSet<&str> = [&self.values, &self.names, &self.taken]
            .iter()
            .flat_map(|it| it.values())
            .map(|it| &**it)
            .collect();
        let mut masks: Vec<&str> = all.into_iter().collect();
        masks.sort_by_key(|mask| std::cmp::Reverse(mask.len()));
        masks
    }
}

async fn conversation(tenant_fixture: &TenantFixture, user: &str, taken: &Values) -> String {
    let new = json!({
        "type": "channel", "visibility": "public", "name": tenant_fixture.text(), "metadata": tenant_fixture.metadata(),
        "external_id": taken["external_conversation"], "participants": [user],
    });
    let made = id(&tenant_fixture
        .owner
        .api
        .with("idempotency-key", &taken["key"])
        .post("/v1/conversations", new)
        .await
        .expect(201));
    // The owner may leave only if there is another one.
    let part = format!("/v1/conversations/{made}/participants/{user}");
    drop(
        tenant_fixture
            .owner
            .api
            .patch(&part, json!({"role": "owner"}))
            .await
            .expect(200),
    );
    made
}

/// Two, so that the list has a second page.
async fn ban(tenant_fixture: &TenantFixture, conversation: &str) {
    for user in &tenant_fixture.banned {
        let path = format!("/v1/conversations/{conversation}/bans/{}", user.id);
        let banned = tenant_fixture
            .owner
            .api
            .call(
                reqwest::Method::PUT,
                &path,
                Some(json!({"reason": tenant_fixture.text()})),
            )
            .await;
        assert_eq!(banned.status, 200, "{}", banned.text);
    }
}

async fn message(tenant_fixture: &TenantFixture, conversation: &str, taken: &Values) -> String {
    let new = json!({
        "content": tenant_fixture.text(), "metadata": tenant_fixture.metadata(), "client_message_id": taken["client_message_id"],
    });
    let sent = tenant_fixture
        .owner
        .api
        .post(&format!("/v1/conversations/{conversation}/messages"), new)
        .await
        .expect(201);
    let message = id(&sent);
    let reacted = tenant_fixture
        .owner
        .api
        .put(&format!("/v1/messages/{message}/reactions/%F0%9F%91%8D"))
        .await;
    assert_eq!(reacted.status, 200, "{}", reacted.text);
    message
}

fn id(object: &Value) -> String {
    object["id"]
        .as_str()
        .expect("what was made has an id")
        .to_owned()
}
