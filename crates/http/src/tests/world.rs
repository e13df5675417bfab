//! The world for the API's tests: the router over a store on the embedded
//! engine, companies with their keys, and answers as values.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use base::{ClientAddress, Clock, Context, CursorKey, MockClock, OsEntropy, Timestamp};
use domain::analytics::EventIngest;
use domain::auth::{Authenticator, RateLimits};
use domain::key_ring::KeyRing;
use domain::tenants::{
    NewApplication, NewKey, NewTenant, Scopes, Tier, create_application, create_key, create_tenant,
    tenant_id,
};
use domain::users::UserCache;
use serde_json::{Value, json};
use store::Store;
use store_sqlite::{Options, SqliteEngine};
use tempfile::TempDir;
use tower::ServiceExt;
use zeroize::Zeroizing;

use crate::Api;

/// Everything a test needs; dropped, its files are gone.
pub(crate) struct World {
    pub(super) router: Router,
    pub(super) store: Store,
    pub(super) vault: KeyRing,
    pub(crate) door: Authenticator,
    pub(super) clock: Arc<MockClock>,
    _folder: TempDir,
}

/// What a tenant's server holds.
pub(super) struct Company {
    pub(super) key: String,
}

/// An answer of the API.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

/// A request being written.
pub(super) struct Call<'a> {
    world: &'a World,
    request: axum::http::request::Builder,
}

impl World {
    /// A world in which nobody is yet.
    pub(crate) fn new() -> Self {
        Self::with(Router::new())
    }

    /// A world whose server also answers other floors' routes.
    pub(super) fn with(more: Router) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            data_dir: folder.path().to_owned(),
            catalogue: domain::catalogue(),
            open_files: 8,
        };
        let clock = Arc::new(MockClock::at(Timestamp::from_millis(1_769_850_000_000)));
        let context = Context::new(
            Arc::<MockClock>::clone(&clock) as Arc<dyn Clock>,
            Arc::new(OsEntropy),
        );
        let store = Store::new(SqliteEngine::open(options).unwrap(), context.clone());
        let vault = KeyRing::new(&Zeroizing::new([7; 32]), context);
        let cards = UserCache::new(&store);
        let door = Authenticator::new(
            store.clone(),
            vault.clone(),
            cards.clone(),
            RateLimits::default(),
        );
        let api = Api::new(
            store.clone(),
            door.clone(),
            vault.clone(),
            cards,
            CursorKey::new([9; 32]),
            EventIngest::default(),
        );
        let router = crate::router(api, more).unwrap();
        Self {
            router,
            store,
            vault,
            door,
            clock,
            _folder: folder,
        }
    }

    /// A company with a key that may do everything.
    pub(super) async fn company(&self, name: &str) -> Company {
        self.company_with(name, &[], &["*"]).await
    }

    /// A company whose application lists these origins and whose key has these scopes.
    pub(super) async fn company_with(
        &self,
        name: &str,
        origins: &[&str],
        scopes: &[&str],
    ) -> Company {
        let new = NewTenant {
            name: name.to_owned(),
            description: None,
            plan: None,
            tier: Tier::Starter,
        };
        let tenant = tenant_id(create_tenant(&self.store, new).await.unwrap().id);
        let platform = self.store.platform();
        let origins = origins.iter().map(|&origin| origin.to_owned()).collect();
        let new = NewApplication {
            tenant,
            name: "web".to_owned(),
            origins,
        };
        let application = create_application(&platform, &self.vault, new)
            .await
            .unwrap();
        let scopes = Scopes::parse(scopes).unwrap();
        let new = NewKey {
            application: application.id,
            name: "server".to_owned(),
            scopes,
            expires_at: None,
        };
        let key = create_key(&platform, new).await.unwrap().text.to_string();
        Company { key }
    }

    /// A request to be written.
    pub(super) fn call(&self, method: &str, path: &str) -> Call<'_> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        Call {
            world: self,
            request: Request::builder()
                .method(method)
                .uri(path)
                .header("host", "caas.example"),
        }
    }

    /// A request with a credential.
    pub(super) fn as_key(&self, company: &Company, method: &str, path: &str) -> Call<'_> {
        self.call(method, path)
            .header("authorization", &format!("Bearer {}", company.key))
    }

    /// A request of the company's server as a user.
    pub(super) fn as_user(
        &self,
        company: &Company,
        user: &str,
        method: &str,
        path: &str,
    ) -> Call<'_> {
        self.as_key(company, method, path)
            .header("caas-user", &format!("ext:{user}"))
    }

    /// Makes users.
    pub(super) async fn people(&self, company: &Company, names: &[&str]) {
        for name in names {
            let call = self.as_key(company, "POST", "/v1/users");
            let answer = call
                .json(&json!({ "external_id": name, "name": name }))
                .await;
            assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        }
    }

    /// Begins a group that the first of these users owns, and answers its id.
    pub(super) async fn group(&self, company: &Company, names: &[&str]) -> String {
        let others: Vec<String> = names
            .iter()
            .skip(1)
            .map(|name| format!("ext:{name}"))
            .collect();
        let call = self.as_user(company, names[0], "POST", "/v1/conversations");
        let answer = call
            .json(&json!({ "type": "group", "name": "plans", "participants": others }))
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.body["id"].as_str().unwrap().to_owned()
    }

    /// Sends a text and answers the message.
    pub(super) async fn say(
        &self,
        company: &Company,
        user: &str,
        conversation: &str,
        text: &str,
    ) -> Value {
        let call = self.as_user(
            company,
            user,
            "POST",
            &format!("/v1/conversations/{conversation}/messages"),
        );
        let answer = call.json(&json!({ "content": text })).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.body
    }
}

impl Call<'_> {
    /// With this header.
    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// As the server of this floor's listener says that it comes from there.
    pub(super) fn from(mut self, client: ClientAddress) -> Self {
        self.request = self.request.extension(client);
        self
    }

    /// Sends it without a body.
    pub(super) async fn send(self) -> Answer {
        self.raw(Vec::new()).await
    }

    /// Sends it with a JSON body.
    pub(super) async fn json(self, body: &Value) -> Answer {
        self.header("content-type", "application/json")
            .raw(serde_json::to_vec(body).unwrap())
            .await
    }

    /// Sends it with these bytes as its body.
    pub(super) async fn raw(self, bytes: Vec<u8>) -> Answer {
        self.body(Body::from(bytes)).await
    }

    /// Sends it with this body.
    pub(super) async fn body(self, body: Body) -> Answer {
        let request = self.request.body(body).unwrap();
        let response = self.world.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let headers = response.headers().clone();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer {
            status,
            headers,
            body,
        }
    }
}

impl Answer {
    /// The status, the code and the first wrong place of a problem.
    pub(super) fn problem(&self) -> (u16, &str, &str) {
        assert_eq!(
            self.headers["content-type"], "application/problem+json",
            "{self:?}"
        );
        assert_eq!(
            self.body["request_id"],
            self.headers["request-id"].to_str().unwrap()
        );
        let place = self.body["errors"][0]["pointer"].as_str().unwrap_or("-");
        (
            self.status.as_u16(),
            self.body["code"].as_str().unwrap(),
            place,
        )
    }

    /// A text of the body, by its JSON pointer.
    pub(super) fn text(&self, pointer: &str) -> &str {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("{pointer} in {self:?}"))
    }
}
