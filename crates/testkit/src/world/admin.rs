use base::Context;
use serde_json::{Value, json};

use crate::ServerProcess;
use crate::api::{Answer, Client};
use crate::totp;

/// Password of the admins.
const PASSWORD: &str = "correct horse battery staple";

/// A platform admin who has signed in.
#[derive(Debug)]
pub struct TestAdmin {
    /// The id.
    pub id: String,
    /// The e-mail address.
    pub email: String,
    /// Secret of the second factor in base 32.
    pub secret: String,
    /// Token of the session.
    pub token: String,
    /// A client of the admin API with the token.
    pub api: Client,
}

impl TestAdmin {
    /// Creates an owner on the command line, and signs in.
    pub async fn owner(server: &ServerProcess, email: &str) -> Self {
        let created = server
            .command(&["admin", "create", "--email", email])
            .await
            .expect("an admin");
        Self::activate(server, email, &created["setup_code"]).await
    }

    /// Creates an admin with this role, as this owner, and signs in.
    pub async fn invite(&self, server: &ServerProcess, role: &str) -> Self {
        let email = format!("{role}@example.com");
        let new = json!({"email": email, "name": role, "role": role});
        let invited = self.api.post("/admin/v1/admins", new).await.expect(201);
        Self::activate(server, &email, &invited["setup_code"]).await
    }

    /// Sets the password with a one-time code, and signs in.
    pub async fn activate(server: &ServerProcess, email: &str, code: &Value) -> Self {
        let client = Client::new(&server.admin_url());
        let body = json!({"setup_code": code, "password": PASSWORD});
        let set_up = client.post("/admin/v1/setup", body).await.expect(200);
        let secret = text(&set_up["totp_secret"]);
        let code = current_code(&secret);
        let started = Self::sign_in(server, email, PASSWORD, &code).await;
        let token = text(&started.expect(201)["token"]);
        Self {
            id: text(&set_up["admin"]["id"]),
            email: email.to_owned(),
            secret,
            api: client.bearer(&token),
            token,
        }
    }

    /// Attempts to sign in.
    pub async fn sign_in(
        server: &ServerProcess,
        email: &str,
        password: &str,
        code: &str,
    ) -> Answer {
        let body = json!({"email": email, "password": password, "totp_code": code});
        let client = Client::new(&server.admin_url());
        client.post("/admin/v1/sessions", body).await
    }

    /// Attempts to sign in with the right password and this code.
    pub async fn repeat_sign_in(&self, server: &ServerProcess, code: &str) -> Answer {
        Self::sign_in(server, &self.email, PASSWORD, code).await
    }

    /// Returns the current code of the second factor.
    #[must_use]
    pub fn code(&self) -> String {
        current_code(&self.secret)
    }
}

fn current_code(secret: &str) -> String {
    let now = Context::system().now().seconds();
    totp::code(secret, u64::try_from(now / 30).expect("a time after 1970"))
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
