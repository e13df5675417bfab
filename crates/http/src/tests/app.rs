//! Test application: the router over a store on the embedded engine, tenants
//! with API keys, and responses as JSON values.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use base::{ClientAddress, Clock, Context, CursorKey, MockClock, OsEntropy, Timestamp};
use domain::analytics::EventIngest;
use domain::auth::{Authenticator, RateLimits};
use domain::key_ring::KeyRing;
use domain::media::{Media, StorageQuota};
use domain::sign_in::{PasswordCost, Passwords, SignIn};
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

use crate::AppState;

/// Test application. Its files are deleted on drop.
pub(crate) struct TestApp {
    pub(super) router: Router,
    pub(super) store: Store,
    pub(super) key_ring: KeyRing,
    pub(crate) authenticator: Authenticator,
    pub(super) clock: Arc<MockClock>,
    _data_dir: TempDir,
}

/// API key of a tenant.
pub(super) struct TestTenant {
    pub(super) key: String,
}

/// Response with a JSON body.
#[derive(Debug)]
pub(super) struct TestResponse {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

/// Builder of a request.
pub(super) struct Call<'a> {
    app: &'a TestApp,
    request: axum::http::request::Builder,
}

impl TestApp {
    /// Creates an application without tenants.
    pub(crate) fn new() -> Self {
        Self::with_routes(Router::new())
    }

    /// Creates an application with further routes.
    pub(super) fn with_routes(more: Router) -> Self {
        let data_dir = tempfile::tempdir().unwrap();
        let options = Options {
            data_dir: data_dir.path().to_owned(),
            catalogue: domain::catalogue(),
            open_files: 8,
        };
        let clock = Arc::new(MockClock::at(Timestamp::from_millis(1_769_850_000_000)));
        let context = Context::new(
            Arc::<MockClock>::clone(&clock) as Arc<dyn Clock>,
            Arc::new(OsEntropy),
        );
        let store = Store::new(SqliteEngine::open(options).unwrap(), context.clone());
        let key_ring = KeyRing::new(&Zeroizing::new([7; 32]), context);
        let user_cache = UserCache::new(&store);
        let authenticator = Authenticator::new(
            store.clone(),
            key_ring.clone(),
            user_cache.clone(),
            RateLimits::default(),
        );
        let passwords = Passwords::new(PasswordCost::default(), store.context().clone()).unwrap();
        let state = AppState::new(
            store.clone(),
            authenticator.clone(),
            key_ring.clone(),
            user_cache,
            CursorKey::new([9; 32]),
            EventIngest::default(),
            Media::open_folder(&data_dir.path().join("media"), StorageQuota::default()).unwrap(),
            SignIn::new(store.clone(), key_ring.clone(), passwords),
        );
        let router = crate::router(state, more).unwrap();
        Self {
            router,
            store,
            key_ring,
            authenticator,
            clock,
            _data_dir: data_dir,
        }
    }

    /// Creates a tenant with a key that has all scopes.
    pub(super) async fn tenant(&self, name: &str) -> TestTenant {
        self.tenant_with(name, &[], &["*"]).await
    }

    /// Creates a tenant with these origins of its application and scopes of its key.
    pub(super) async fn tenant_with(
        &self,
        name: &str,
        origins: &[&str],
        scopes: &[&str],
    ) -> TestTenant {
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
        let application = create_application(&platform, &self.key_ring, new)
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
        TestTenant { key }
    }

    /// Builds a request without a credential.
    pub(super) fn call(&self, method: &str, path: &str) -> Call<'_> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        Call {
            app: self,
            request: Request::builder()
                .method(method)
                .uri(path)
                .header("host", "caas.example"),
        }
    }

    /// Builds a request with an API key.
    pub(super) fn as_key(&self, tenant: &TestTenant, method: &str, path: &str) -> Call<'_> {
        self.call(method, path)
            .header("authorization", &format!("Bearer {}", tenant.key))
    }

    /// Builds a request with an API key that acts as a user.
    pub(super) fn as_user(
        &self,
        tenant: &TestTenant,
        user: &str,
        method: &str,
        path: &str,
    ) -> Call<'_> {
        self.as_key(tenant, method, path)
            .header("caas-user", &format!("ext:{user}"))
    }

    /// Creates users with these external ids and names.
    pub(super) async fn create_users(&self, tenant: &TestTenant, names: &[&str]) {
        for name in names {
            let call = self.as_key(tenant, "POST", "/v1/users");
            let response = call
                .json(&json!({ "external_id": name, "name": name }))
                .await;
            assert_eq!(response.status, StatusCode::CREATED, "{response:?}");
        }
    }

    /// Creates a group that the first of these users owns, and returns its id.
    pub(super) async fn create_group(&self, tenant: &TestTenant, names: &[&str]) -> String {
        let others: Vec<String> = names
            .iter()
            .skip(1)
            .map(|name| format!("ext:{name}"))
            .collect();
        let call = self.as_user(tenant, names[0], "POST", "/v1/conversations");
        let response = call
            .json(&json!({ "type": "group", "name": "plans", "participants": others }))
            .await;
        assert_eq!(response.status, StatusCode::CREATED, "{response:?}");
        response.body["id"].as_str().unwrap().to_owned()
    }

    /// Sends a text message and returns it.
    pub(super) async fn send_text(
        &self,
        tenant: &TestTenant,
        user: &str,
        conversation: &str,
        text: &str,
    ) -> Value {
        let call = self.as_user(
            tenant,
            user,
            "POST",
            &format!("/v1/conversations/{conversation}/messages"),
        );
        let response = call.json(&json!({ "content": text })).await;
        assert_eq!(response.status, StatusCode::CREATED, "{response:?}");
        response.body
    }
}

impl Call<'_> {
    /// Adds a header.
    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// Sets the client address, as the listener does.
    pub(super) fn from(mut self, client: ClientAddress) -> Self {
        self.request = self.request.extension(client);
        self
    }

    /// Sends the request without a body.
    pub(super) async fn send(self) -> TestResponse {
        self.raw(Vec::new()).await
    }

    /// Sends the request with a JSON body.
    pub(super) async fn json(self, body: &Value) -> TestResponse {
        self.header("content-type", "application/json")
            .raw(serde_json::to_vec(body).unwrap())
            .await
    }

    /// Sends the request with the bytes as its body.
    pub(super) async fn raw(self, bytes: Vec<u8>) -> TestResponse {
        self.body(Body::from(bytes)).await
    }

    /// Sends the request with a body.
    pub(super) async fn body(self, body: Body) -> TestResponse {
        let request = self.request.body(body).unwrap();
        let response = self.app.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let headers = response.headers().clone();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        TestResponse {
            status,
            headers,
            body,
        }
    }
}

impl TestResponse {
    /// Returns status, code and first pointer of a problem document.
    pub(super) fn problem(&self) -> (u16, &str, &str) {
        assert_eq!(
            self.headers["content-type"], "application/problem+json",
            "{self:?}"
        );
        assert_eq!(
            self.body["request_id"],
            self.headers["request-id"].to_str().unwrap()
        );
        let pointer = self.body["errors"][0]["pointer"].as_str().unwrap_or("-");
        (
            self.status.as_u16(),
            self.body["code"].as_str().unwrap(),
            pointer,
        )
    }

    /// Returns a text of the body by its JSON pointer.
    pub(super) fn text(&self, pointer: &str) -> &str {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("{pointer} in {self:?}"))
    }
}
