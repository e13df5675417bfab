//! Clients that sign in, and their mails.

use serde_json::{Value, json};
use testkit::api::{Answer, Client};
use testkit::{World, eventually};

pub const PASSWORD: &str = "seven quiet looms";

/// Tokens of a signed-in user.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub user: String,
    pub session: String,
    pub access: String,
    pub refresh: String,
    pub api: Client,
}

impl SignedIn {
    pub fn of(world: &World, tokens: &Value) -> Self {
        let text = |name: &str| tokens[name].as_str().expect("a text").to_owned();
        let access = text("access_token");
        Self {
            user: tokens["user"]["id"].as_str().expect("a user").to_owned(),
            session: text("session_id"),
            refresh: text("refresh_token"),
            api: Client::new(&world.server.url()).bearer(&access),
            access,
        }
    }

    /// Returns status and code of a request with the access token.
    pub async fn answer(&self) -> (u16, String) {
        let answer = self.api.get("/v1/unread").await;
        let code = answer.body["code"].as_str().unwrap_or_default().to_owned();
        (answer.status, code)
    }
}

/// Turns sign-in on.
pub async fn open(world: &World) {
    let settings = json!({"sign_in": true, "sign_up": "open"});
    drop(
        world
            .tenant
            .api
            .patch("/v1/settings", settings)
            .await
            .expect(200),
    );
}

/// Waits for the newest mail to an address.
pub async fn mail(world: &World, to: &str, subject: &str) -> String {
    let words = ["mail", "list", "--tenant", &world.tenant.id, "--to", to];
    let find = async || {
        let listed = world.server.command(&words).await.expect("the mailbox");
        let mails = listed["data"].as_array().expect("mails").clone();
        let newest = mails.into_iter().next()?;
        let is_wanted = newest["subject"].as_str()?.contains(subject);
        is_wanted.then(|| newest["text"].as_str().unwrap_or_default().to_owned())
    };
    eventually("the mail has come", async || find().await.is_some()).await;
    find().await.expect("a mail")
}

/// Returns the code in a mail.
pub fn code_of(mail: &str) -> String {
    let is_code = |line: &&str| line.len() == 8 && line.bytes().all(|byte| byte.is_ascii_digit());
    mail.lines().find(is_code).expect("a code").to_owned()
}

/// Signs up and verifies the address.
pub async fn account(world: &World, email: &str) -> SignedIn {
    let new = json!({"email": email, "password": PASSWORD, "name": "Ada"});
    let flow = world
        .tenant
        .visitor
        .post("/v1/auth/sign-up", new)
        .await
        .expect(202);
    let code = code_of(&mail(world, email, "Your code").await);
    let given = json!({"flow": flow["flow"], "code": code});
    let tokens = world
        .tenant
        .visitor
        .post("/v1/auth/verify", given)
        .await
        .expect(200);
    SignedIn::of(world, &tokens)
}

/// Tries to sign in with a password.
pub async fn attempt(world: &World, email: &str, password: &str, device: Option<&str>) -> Answer {
    let mut body = json!({"email": email, "password": password});
    if let Some(device) = device {
        body["device"] = json!({"device_id": device});
    }
    world.tenant.visitor.post("/v1/auth/sign-in", body).await
}

/// Signs in with the password.
pub async fn sign_in(world: &World, email: &str, device: Option<&str>) -> SignedIn {
    let tokens = attempt(world, email, PASSWORD, device).await.expect(200);
    SignedIn::of(world, &tokens)
}

/// Replaces a refresh token.
pub async fn refresh(world: &World, token: &str) -> Answer {
    let body = json!({"refresh_token": token});
    world.tenant.visitor.post("/v1/auth/refresh", body).await
}

/// Returns status and code of a refresh.
pub async fn refresh_code(world: &World, token: &str) -> (u16, String) {
    let answer = refresh(world, token).await;
    let code = answer.body["code"].as_str().unwrap_or_default().to_owned();
    (answer.status, code)
}
