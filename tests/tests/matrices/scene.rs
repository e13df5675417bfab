use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cast::Cast;
use crate::document::Form;
use crate::row::Values;

/// A user, a conversation and a message of one tenant, for one cell.
#[derive(Debug, Clone)]
pub struct Scene {
    /// What placeholders stand for: ids of what is there, and new words.
    pub values: Values,
    /// The tenant's own names of what is there, as `ext:…`.
    pub names: Values,
    /// The words that are taken.
    pub taken: Values,
}

/// Whether ids of this kind are words that somebody chose: free, whoever else uses them.
pub fn is_chosen(kind: &str) -> bool {
    kind == "epoch" || WORDS.contains(&kind)
}

/// Kinds of words.
const WORDS: [&str; 9] = [
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

impl Scene {
    /// Makes one.
    pub async fn set(cast: &Cast) -> Self {
        let words = || -> Values { WORDS.iter().map(|kind| (*kind, cast.word(kind))).collect() };
        let mut values = words();
        let mut taken = words();
        let user = json!({
            "external_id": taken["external_user"], "email": taken["email"],
            "name": cast.text(), "metadata": cast.metadata(),
        });
        let user = id(&cast.tenant.api.post("/v1/users", user).await.expect(201));
        cast.keep_app_data(&user, &taken["new_app"], &taken["new_data_key"])
            .await;
        taken.extend([
            ("app", taken["new_app"].clone()),
            ("data_key", taken["new_data_key"].clone()),
        ]);
        taken.extend([
            ("own_app", cast.app.clone()),
            ("own_data_key", cast.data_key.clone()),
        ]);
        values.extend(
            ["app", "data_key", "own_app", "own_data_key"].map(|kind| (kind, taken[kind].clone())),
        );
        cast.request(&user).await;
        cast.keep_device(&user, &taken["device"]).await;
        taken.extend([
            ("kept_device", taken["device"].clone()),
            ("own_device", cast.device.clone()),
        ]);
        values.extend(["kept_device", "own_device"].map(|kind| (kind, taken[kind].clone())));
        cast.tell_event(&taken["event"], 0).await;
        let conversation = conversation(cast, &user, &taken).await;
        let message = message(cast, &conversation, &taken).await;
        values.extend([
            ("other", user.clone()),
            ("user", user),
            ("conversation", conversation),
            ("message", message),
        ]);
        values.insert("erasure", cast.erasure.clone());
        ban(cast, &values["conversation"]).await;
        values.extend([
            ("owner", cast.owner.id.clone()),
            ("outsider", cast.outsider.id.clone()),
        ]);
        values.insert("banned", cast.banned[0].id.clone());
        values.extend([("emoji", "%F0%9F%91%8D".to_owned()), ("text", cast.text())]);
        values.insert(
            "epoch",
            cast.tenant.id.trim_start_matches("clnt_").to_owned(),
        );
        let names = Values::from([
            ("user", taken["external_user"].clone()),
            ("other", taken["external_user"].clone()),
            ("conversation", taken["external_conversation"].clone()),
            ("owner", cast.owner.external_id.clone()),
            ("outsider", cast.outsider.external_id.clone()),
            ("banned", cast.banned[0].external_id.clone()),
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
    pub fn by_name(&self) -> Values {
        self.values
            .clone()
            .into_iter()
            .chain(self.names.clone())
            .collect()
    }

    /// A token of the scene's user.
    pub async fn token(&self, cast: &Cast) -> String {
        let path = format!("/v1/users/{}/tokens", self.values["user"]);
        let minted = cast.tenant.api.post(&path, json!({})).await.expect(201);
        minted["token"].as_str().expect("a token").to_owned()
    }

    /// An id of this kind in each way of writing it, and one as long that is nobody's.
    pub fn strangers(&self, kind: &str, form: Form, ours: &Cast) -> Vec<(String, String)> {
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
            Form::Id => id().into_iter().collect(),
            Form::Named => id().into_iter().chain(name()).collect(),
            Form::Word => word().or_else(id).into_iter().collect(),
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

async fn conversation(cast: &Cast, user: &str, taken: &Values) -> String {
    let new = json!({
        "type": "channel", "visibility": "public", "name": cast.text(), "metadata": cast.metadata(),
        "external_id": taken["external_conversation"], "participants": [user],
    });
    let made = id(&cast
        .owner
        .api
        .with("idempotency-key", &taken["key"])
        .post("/v1/conversations", new)
        .await
        .expect(201));
    // The owner may leave only if there is another one.
    let part = format!("/v1/conversations/{made}/participants/{user}");
    drop(
        cast.owner
            .api
            .patch(&part, json!({"role": "owner"}))
            .await
            .expect(200),
    );
    made
}

/// Two, so that the list has a second page.
async fn ban(cast: &Cast, conversation: &str) {
    for user in &cast.banned {
        let path = format!("/v1/conversations/{conversation}/bans/{}", user.id);
        let banned = cast
            .owner
            .api
            .call(
                reqwest::Method::PUT,
                &path,
                Some(json!({"reason": cast.text()})),
            )
            .await;
        assert_eq!(banned.status, 200, "{}", banned.text);
    }
}

async fn message(cast: &Cast, conversation: &str, taken: &Values) -> String {
    let new = json!({
        "content": cast.text(), "metadata": cast.metadata(), "client_message_id": taken["client_message_id"],
    });
    let sent = cast
        .owner
        .api
        .post(&format!("/v1/conversations/{conversation}/messages"), new)
        .await
        .expect(201);
    let message = id(&sent);
    let reacted = cast
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
