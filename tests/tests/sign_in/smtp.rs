//! Mails over SMTP, received by aiosmtpd.
//!
//! `CAAS_AIOSMTPD` names a Python with aiosmtpd; `cargo xtask test` installs it. Without it the test
//! passes without running.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;
use testkit::{DataDir, Engine, ServerProcess, Tenant, Tier, eventually};
use tokio::net::TcpStream;

use crate::support::{PASSWORD, code_of};

/// A mail server that stores what it receives in a maildir.
struct MailServer {
    process: Child,
    maildir: TempDir,
    port: u16,
}

impl MailServer {
    async fn start(python: &Path) -> Self {
        let maildir = TempDir::with_prefix("mail-").expect("a directory");
        let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = socket.local_addr().expect("an address").port();
        drop(socket);
        let process = Command::new(python)
            .args(["-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{port}")])
            .args(["-c", "aiosmtpd.handlers.Mailbox"])
            .arg(maildir.path().join("box"))
            .stdout(Stdio::null())
            .spawn()
            .expect("the mail server starts");
        eventually("the mail server listens", async || {
            TcpStream::connect(("127.0.0.1", port)).await.is_ok()
        })
        .await;
        Self {
            process,
            maildir,
            port,
        }
    }

    /// Returns the received mails.
    fn mails(&self) -> Vec<String> {
        let received = std::fs::read_dir(self.maildir.path().join("box").join("new"));
        let entries = received.into_iter().flatten().filter_map(Result::ok);
        entries
            .filter_map(|entry| std::fs::read_to_string(entry.path()).ok())
            .collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn code_arrives_over_smtp() {
    let Some(python) = std::env::var_os("CAAS_AIOSMTPD") else {
        return;
    };
    let mail_server = MailServer::start(Path::new(&python)).await;
    let data_dir = DataDir::new(Engine::Sqlite)
        .await
        .with("CAAS_MAIL_SMTP_HOST", "127.0.0.1")
        .with("CAAS_MAIL_SMTP_PORT", mail_server.port)
        .with("CAAS_MAIL_SMTP_SECURITY", "none")
        .with("CAAS_MAIL_FROM", "Acme <no-reply@acme.example>");
    let server = ServerProcess::start(&data_dir).await;
    let tenant = Tenant::create(&server, "Acme", Tier::Free).await;
    let settings = json!({"sign_in": true, "sign_up": "open"});
    drop(tenant.api.patch("/v1/settings", settings).await.expect(200));
    let new = json!({"email": "ada@example.com", "password": PASSWORD});
    let flow = tenant
        .visitor
        .post("/v1/auth/sign-up", new)
        .await
        .expect(202);
    eventually("the mail is received", async || {
        !mail_server.mails().is_empty()
    })
    .await;
    let mail = mail_server.mails().pop().expect("a mail");
    for line in [
        "From: Acme <no-reply@acme.example>",
        "To: ada@example.com",
        "text/html",
    ] {
        assert!(mail.contains(line), "{line} in {mail}");
    }
    let given = json!({"flow": flow["flow"], "code": code_of(&mail)});
    drop(
        tenant
            .visitor
            .post("/v1/auth/verify", given)
            .await
            .expect(200),
    );
    let words = ["mail", "list", "--tenant", &tenant.id];
    let stored = server.command(&words).await.expect("the mailbox");
    assert_eq!(stored["data"], json!([]));
}
