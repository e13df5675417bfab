use std::net::SocketAddr;
use std::path::Path;

use tokio::net::TcpListener;

use crate::cli_error::CliError;
use crate::config::{Admin, Listen};

/// Rejects a public address on which tokens would be sent in plain text.
///
/// # Errors
/// Names the missing setting.
pub fn check_public_listener(listen: &Listen) -> Result<(), CliError> {
    let tls = listen.tls_cert.is_some() && listen.tls_key.is_some();
    if listen.tls_cert.is_some() != listen.tls_key.is_some() {
        return Err(CliError::new("TLS requires both --tls-cert and --tls-key."));
    }
    if tls && listen.behind_proxy {
        return Err(CliError::new(
            "Set either --tls-cert and --tls-key, or --behind-proxy, not both.",
        ));
    }
    if listen.address.ip().is_loopback() || tls || listen.behind_proxy {
        return Ok(());
    }
    Err(CliError::new(format!(
        "{} is reachable from other machines. Set --tls-cert and --tls-key, or --behind-proxy if a reverse proxy terminates TLS.",
        listen.address
    )))
}

/// Rejects an admin address that is reachable from other machines without TLS
/// and a token.
///
/// # Errors
/// Names the missing setting.
pub fn check_admin_listener(listen: &Listen, admin: &Admin) -> Result<(), CliError> {
    if admin.tls_cert.is_some() != admin.tls_key.is_some() {
        return Err(CliError::new(
            "TLS of the admin listener requires both admin.tls_cert and admin.tls_key.",
        ));
    }
    let address = listen.admin_address;
    let has_token = admin.token.is_some() || admin.token_file.is_some();
    if address.ip().is_loopback() || (admin_certificate(listen, admin).is_some() && has_token) {
        return Ok(());
    }
    Err(CliError::new(format!(
        "{address} is reachable from other machines. The admin listener requires TLS (admin.tls_cert and \
         admin.tls_key) and a token (admin.token_file) there."
    )))
}

/// Returns the certificate and key of the admin listener, if TLS is enabled.
pub fn admin_certificate<'a>(listen: &'a Listen, admin: &'a Admin) -> Option<(&'a Path, &'a Path)> {
    let own = admin.tls_cert.as_deref().zip(admin.tls_key.as_deref());
    let is_open = !listen.admin_address.ip().is_loopback();
    own.or_else(|| {
        listen
            .tls_cert
            .as_deref()
            .zip(listen.tls_key.as_deref())
            .filter(|_| is_open)
    })
}

/// Binds an address.
///
/// # Errors
/// Fails if the address cannot be bound.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, CliError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| CliError::new(format!("Cannot listen on {address}")).with_cause(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(address: &str) -> Listen {
        Listen {
            address: address.parse().unwrap(),
            ..Listen::default()
        }
    }

    #[test]
    fn public_address_requires_tls_or_proxy() {
        assert!(check_public_listener(&listen("127.0.0.1:1")).is_ok());
        assert!(check_public_listener(&listen("[::1]:1")).is_ok());
        let message = check_public_listener(&listen("0.0.0.0:1"))
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("--tls-cert") && message.contains("--behind-proxy"),
            "{message}"
        );
        assert!(
            check_public_listener(&Listen {
                behind_proxy: true,
                ..listen("0.0.0.0:1")
            })
            .is_ok()
        );
    }

    #[test]
    fn admin_address_requires_tls_and_token() {
        let at = |address: &str| Listen {
            admin_address: address.parse().unwrap(),
            ..Listen::default()
        };
        let token = || Some("0123456789abcdef".to_owned().into());
        let bare = Admin::default();
        let with_token = Admin {
            token: token(),
            ..Admin::default()
        };
        let tls = |admin: Admin| Admin {
            tls_cert: Some("c".into()),
            tls_key: Some("k".into()),
            ..admin
        };
        assert!(check_admin_listener(&at("127.0.0.1:1"), &bare).is_ok());
        for admin in [bare.clone(), with_token.clone(), tls(bare)] {
            let message = check_admin_listener(&at("0.0.0.0:1"), &admin)
                .unwrap_err()
                .to_string();
            assert!(
                message.contains("TLS") && message.contains("token"),
                "{message}"
            );
        }
        assert!(check_admin_listener(&at("0.0.0.0:1"), &tls(with_token.clone())).is_ok());
        let public = Listen {
            tls_cert: Some("c".into()),
            tls_key: Some("k".into()),
            ..at("0.0.0.0:1")
        };
        assert!(
            check_admin_listener(&public, &with_token).is_ok(),
            "the public certificate serves both"
        );
        assert!(
            admin_certificate(
                &Listen {
                    admin_address: at("127.0.0.1:1").admin_address,
                    ..public
                },
                &with_token
            )
            .is_none()
        );
    }

    #[test]
    fn certificate_without_key_is_rejected() {
        let listen = Listen {
            tls_cert: Some("cert.pem".into()),
            ..listen("127.0.0.1:1")
        };
        assert!(check_public_listener(&listen).is_err());
    }
}
