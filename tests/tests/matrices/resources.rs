use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::api::{Answer, Client};

use crate::document::IdForm;
use crate::row::Values;
use crate::tenant_fixture::TenantFixture;

/// A user, a conversation and a message of one tenant, for one cell of the matrix.
#[derive(Debug, Clone)]
pub struct Resources {
    /// Values of placeholders: ids of existing documents, and unused words.
    pub values: Values,
    /// External ids of existing documents, in the form `ext:…`.
    pub names: Values,
    /// Words that are in use.
    pub taken: Values,
}

/// Returns whether values of this kind are chosen by clients, so that another tenant may use the
/// same.
pub fn is_client_chosen(kind: &str) -> bool {
    kind == "epoch" || CLIENT_CHOSEN.contains(&kind)
}

/// Kinds of values that clients choose.
const CLIENT_CHOSEN: [&str; 11] = [
    "external_user",
    "external_conversation",
    "email",
    "client_message_id",
    "key",
    "device",
    "new_app",
    "new_data_key",
    "event",
    "new_provider",
    "subject",
];

impl Resources {
    /// Creates the resources of one cell.
    pub async fn create(fixture: &TenantFixture) -> Self {
        let words = || -> Values {
            CLIENT_CHOSEN
                .iter()
                .map(|kind| (*kind, fixture.word(kind)))
                .collect()
        };
        let mut values = words();
        let mut taken = words();
        let user = json!({
            "external_id": taken["external_user"], "email": taken["email"],
            "name": fixture.text(), "metadata": fixture.metadata(),
        });
        let user = id(&fixture.tenant.api.post("/v1/users", user).await.expect(201));
        fixture
            .put_app_data(&user, &taken["new_app"], &taken["new_data_key"])
            .await;
        taken.extend([
            ("app", taken["new_app"].clone()),
            ("data_key", taken["new_data_key"].clone()),
            ("own_app", fixture.app.clone()),
            ("own_data_key", fixture.data_key.clone()),
        ]);
        values.extend(
            ["app", "data_key", "own_app", "own_data_key"].map(|kind| (kind, taken[kind].clone())),
        );
        fixture.request(&user).await;
        fixture.register_device(&user, &taken["device"]).await;
        taken.extend([
            ("kept_device", taken["device"].clone()),
            ("own_device", fixture.device.clone()),
        ]);
        values.extend(["kept_device", "own_device"].map(|kind| (kind, taken[kind].clone())));
        fixture.record_event(&taken["event"], 0).await;
        let session = fixture.sign_in(&user, &taken["email"]).await;
        fixture
            .link_identity(&user, "valu", &taken["subject"])
            .await;
        values.extend([("provider", "valu".to_owned()), ("session", session)]);
        let conversation = conversation(fixture, &user, &taken).await;
        let owner = fixture.owner.api.clone();
        let by_user = fixture.tenant.api.acting_as(&user);
        let zip = ("application/zip", &b"PK"[..]);
        let file = upload_file(fixture, &owner, "encrypted", zip).await;
        let poster_file = upload_file(fixture, &owner, "encrypted", zip).await;
        let user_file = upload_file(fixture, &by_user, "encrypted", zip).await;
        let avatar_file = file_of_avatar(fixture).await;
        let upload = upload(fixture).await;
        let message = message(fixture, &conversation, [&file, &poster_file], &taken).await;
        values.extend([
            ("other", user.clone()),
            ("user", user),
            ("conversation", conversation),
            ("message", message),
            ("file", file),
            ("user_file", user_file),
            ("avatar_file", avatar_file),
            ("upload", upload),
            ("spare_integration", fixture.spare_integration().await),
            ("phone_number", fixture.phone_number()),
        ]);
        ban(fixture, &values["conversation"]).await;
        values.extend(shared_values(fixture));
        let names = external_ids(fixture, &taken);
        Self {
            values,
            names,
            taken,
        }
    }

    /// Returns the values with external ids where they exist.
    pub fn by_external_id(&self) -> Values {
        self.values
            .clone()
            .into_iter()
            .chain(self.names.clone())
            .collect()
    }

    /// Mints a token for the user of the resources.
    pub async fn token(&self, fixture: &TenantFixture) -> String {
        let path = format!("/v1/users/{}/tokens", self.values["user"]);
        let minted = fixture.tenant.api.post(&path, json!({})).await.expect(201);
        minted["token"].as_str().expect("a token").to_owned()
    }

    /// Returns each form of an id of this kind with an absent one of the same length.
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

    /// Returns the values that are masked before responses are compared, the longest first.
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

/// Returns the values that all resources of a tenant share.
fn shared_values(fixture: &TenantFixture) -> Values {
    let epoch = fixture.tenant.id.trim_start_matches("clnt_");
    Values::from([
        ("erasure", fixture.erasure.clone()),
        ("owner", fixture.owner.id.clone()),
        ("outsider", fixture.outsider.id.clone()),
        ("integration", fixture.integration.clone()),
        ("client", fixture.client.clone()),
        ("channel", fixture.channel.clone()),
        ("banned", fixture.banned[0].id.clone()),
        ("emoji", "%F0%9F%91%8D".to_owned()),
        ("text", fixture.text()),
        ("epoch", epoch.to_owned()),
        ("tenant", fixture.tenant.id.clone()),
        ("link", "AA".to_owned()),
        ("secret", "AA".to_owned()),
        ("variant", "original".to_owned()),
    ])
}

/// Returns the external ids in the form `ext:…`.
fn external_ids(fixture: &TenantFixture, taken: &Values) -> Values {
    [
        ("user", &taken["external_user"]),
        ("other", &taken["external_user"]),
        ("conversation", &taken["external_conversation"]),
        ("owner", &fixture.owner.external_id),
        ("outsider", &fixture.outsider.external_id),
        ("banned", &fixture.banned[0].external_id),
    ]
    .map(|(kind, id)| (kind, format!("ext:{id}")))
    .into()
}

async fn conversation(fixture: &TenantFixture, user: &str, taken: &Values) -> String {
    let new = json!({
        "type": "channel", "visibility": "public", "name": fixture.text(), "metadata": fixture.metadata(),
        "external_id": taken["external_conversation"], "participants": [user],
    });
    let made = id(&fixture
        .owner
        .api
        .with("idempotency-key", &taken["key"])
        .post("/v1/conversations", new)
        .await
        .expect(201));
    // The owner may leave only if another owner exists.
    let part = format!("/v1/conversations/{made}/participants/{user}");
    drop(
        fixture
            .owner
            .api
            .patch(&part, json!({"role": "owner"}))
            .await
            .expect(200),
    );
    made
}

/// Bans two users, so that the list has a second page.
async fn ban(fixture: &TenantFixture, conversation: &str) {
    for user in &fixture.banned {
        let path = format!("/v1/conversations/{conversation}/bans/{}", user.id);
        let banned = fixture
            .owner
            .api
            .call(
                reqwest::Method::PUT,
                &path,
                Some(json!({"reason": fixture.text()})),
            )
            .await;
        assert_eq!(banned.status, 200, "{}", banned.text);
    }
}

/// Uploads a file. One that is encrypted is ready at once.
async fn upload_file(
    fixture: &TenantFixture,
    client: &Client,
    purpose: &str,
    (content_type, content): (&str, &[u8]),
) -> String {
    let head = format!(
        "--X\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n{purpose}\r\n\
         --X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\
         Content-Type: {content_type}\r\n\r\n",
        fixture.text()
    );
    let body = [head.as_bytes(), content, b"\r\n--X--\r\n"].concat();
    let request = client
        .request(reqwest::Method::POST, "/v1/files")
        .header("content-type", "multipart/form-data; boundary=X")
        .body(body);
    let answer = Answer::read(request.send().await.expect("a response")).await;
    id(&answer.expect("a body").expect(201))
}

async fn file_of_avatar(fixture: &TenantFixture) -> String {
    let mut picture = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(1, 1)
        .write_to(&mut picture, image::ImageFormat::Png)
        .expect("an image");
    upload_file(
        fixture,
        &fixture.owner.api,
        "avatar",
        ("image/png", picture.get_ref()),
    )
    .await
}

/// Starts an upload of the tenant's server, whose number is not limited.
async fn upload(fixture: &TenantFixture) -> String {
    let started = fixture
        .tenant
        .api
        .with("tus-resumable", "1.0.0")
        .with("upload-length", "1")
        .call(reqwest::Method::POST, "/v1/uploads", None)
        .await;
    id(&started.expect(201))
}

async fn message(
    fixture: &TenantFixture,
    conversation: &str,
    [file, poster_file]: [&str; 2],
    taken: &Values,
) -> String {
    let new = json!({
        "attachments": [{"file_id": file, "poster_file_id": poster_file}],
        "content": fixture.text(), "metadata": fixture.metadata(), "client_message_id": taken["client_message_id"],
    });
    let sent = fixture
        .owner
        .api
        .post(&format!("/v1/conversations/{conversation}/messages"), new)
        .await
        .expect(201);
    let message = id(&sent);
    let reacted = fixture
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
