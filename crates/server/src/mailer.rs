//! Delivery of mails: over SMTP, or into the development mailbox.

use std::time::Duration;

use base::{Error, ErrorCode, Id, Result};
use domain::mail::{self, Mail, RenderedMail};
use domain::outbox::Outbox;
use domain::tenants::get_application;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use store::TenantStore;

use crate::cli_error::CliError;
use crate::config::{Mail as MailConfig, SmtpSecurity};
use crate::services::Services;

/// Timeout of an SMTP connection.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends mails. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mailer {
    relay: Option<Relay>,
}

#[derive(Clone, Debug)]
struct Relay {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// Creates the mailer of a configuration.
    ///
    /// # Errors
    /// Fails if the configuration is incomplete or invalid.
    pub fn new(config: &MailConfig) -> Result<Self, CliError> {
        let Some(host) = &config.smtp_host else {
            return Ok(Self { relay: None });
        };
        let invalid = |message: &str| CliError::new(format!("Invalid [mail]: {message}"));
        let from = config.from.as_deref();
        let from = from.ok_or_else(|| invalid("`from` is required with `smtp_host`"))?;
        let from: Mailbox = from
            .parse()
            .map_err(|error| invalid("`from` is not an address").with_cause(error))?;
        let is_loopback = host == "localhost"
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        let builder = match config.smtp_security {
            SmtpSecurity::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(host),
            SmtpSecurity::StartTls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host),
            SmtpSecurity::None if is_loopback => Ok(
                AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host),
            ),
            SmtpSecurity::None => {
                return Err(invalid("`smtp_security` must encrypt to another host"));
            }
        };
        let mut builder = builder
            .map_err(|error| invalid("`smtp_host` is invalid").with_cause(error))?
            .timeout(Some(TIMEOUT));
        if config.smtp_port != 0 {
            builder = builder.port(config.smtp_port);
        }
        if let Some(user) = &config.smtp_user {
            let password = password(config)?;
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        let transport = builder.build();
        Ok(Self {
            relay: Some(Relay { transport, from }),
        })
    }

    /// Sends the mail of a task.
    ///
    /// # Errors
    /// 503 if the relay or the store is unavailable; the task is repeated.
    pub async fn send(
        &self,
        services: &Services,
        tenant: &TenantStore,
        task: Id<Outbox>,
        mail: Mail,
    ) -> Result<()> {
        let code = mail.open_code(&services.key_ring, tenant.id())?;
        let application = get_application(&services.store.platform(), mail.application).await?;
        let language = mail.language.as_deref();
        let code = code.as_ref().map(|code| code.as_str());
        let rendered = mail::render(mail.kind, language, &application.name, code);
        match &self.relay {
            Some(relay) => relay.send(task, &mail, rendered).await,
            None => mail::deliver_to_mailbox(tenant, task, &mail, rendered).await,
        }
    }
}

impl Relay {
    async fn send(&self, task: Id<Outbox>, mail: &Mail, rendered: RenderedMail) -> Result<()> {
        let RenderedMail {
            subject,
            text,
            html,
        } = rendered;
        let to: Mailbox = match mail.to.parse() {
            Ok(to) => to,
            Err(error) => {
                tracing::warn!(%task, %error, "failed to parse the address of a mail, dropping it");
                return Ok(());
            }
        };
        let host = self.from.email.domain();
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            // The same for a repeated delivery.
            .message_id(Some(format!("<{task}@{host}>")))
            .subject(subject)
            .multipart(MultiPart::alternative_plain_html(text, html))
            .map_err(Error::internal)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => {
                tracing::warn!(%task, %error, "mail rejected by the relay");
                Ok(())
            }
            Err(error) => {
                tracing::warn!(%task, %error, "failed to send a mail, retrying later");
                let message = "The mail relay is unavailable.";
                Err(Error::new(ErrorCode::Unavailable, message))
            }
        }
    }
}

fn password(config: &MailConfig) -> Result<String, CliError> {
    if let Some(password) = &config.smtp_password {
        return Ok(password.reveal().to_owned());
    }
    let Some(path) = &config.smtp_password_file else {
        let message = "Invalid [mail]: `smtp_user` requires a password";
        return Err(CliError::new(message));
    };
    let text = std::fs::read_to_string(path).map_err(|error| {
        CliError::new(format!("Cannot read {}", path.display())).with_cause(error)
    })?;
    Ok(text.trim_end().to_owned())
}
