use std::net::SocketAddr;
use std::path::Path;

use tokio::net::TcpListener;

use crate::config::{Admin, Listen};
use crate::refusal::Refusal;

/// Refuses a public address that would carry tokens in the clear.
///
/// # Errors
/// A sentence that says what to give.
pub fn refuse_open_address(listen: &Listen) -> Result<(), Refusal> {
    let tls = listen.tls_cert.is_some() && listen.tls_key.is_some();
    if listen.tls_cert.is_some() != listen.tls_key.is_some() {
        return Err(Refusal::new("TLS needs both --tls-cert and --tls-key."));
    }
    if tls && listen.behind_proxy {
        return Err(Refusal::new(
            "Give either --tls-cert and --tls-key, or --behind-proxy, not both.",
        ));
    }
    if listen.address.ip().is_loopback() || tls || listen.behind_proxy {
        return Ok(());
    }
    Err(Refusal::new(format!(
        "{} is reachable from other machines: give --tls-cert and --tls-key, or --behind-proxy when a proxy in front ends TLS.",
        listen.address
    )))
}

/// Rejects an operator's address that others could reach without TLS and a token.
///
/// # Errors
/// A sentence that says what to give.
pub fn refuse_open_admin(listen: &Listen, admin: &Admin) -> Result<(), Refusal> {
    if admin.tls_cert.is_some() != admin.tls_key.is_some() {
        return Err(Refusal::new(
            "TLS of the operator's listener needs both admin.tls_cert and admin.tls_key.",
        ));
    }
    let address = listen.admin_address;
    let has_token = admin.token.is_some() || admin.token_file.is_some();
    if address.ip().is_loopback() || (admin_certificate(listen, admin).is_some() && has_token) {
        return Ok(());
    }
    Err(Refusal::new(format!(
        "{address} is reachable from other machines: the operator's listener needs TLS (admin.tls_cert and \
         admin.tls_key) and a token (admin.token_file) there."
    )))
}

/// Returns the certificate and key of the operator's listener, if it speaks TLS.
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
/// A sentence that names the address.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, Refusal> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Refusal::new(format!("Cannot listen on {address}")).caused_by(error))
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
    fn only_loopback_goes_without_tls_or_proxy() {
        assert!(refuse_open_address(&listen("127.0.0.1:1")).is_ok());
        assert!(refuse_open_address(&listen("[::1]:1")).is_ok());
        let sentence = refuse_open_address(&listen("0.0.0.0:1"))
            .unwrap_err()
            .to_string();
        assert!(
            sentence.contains("--tls-cert") && sentence.contains("--behind-proxy"),
            "{sentence}"
        );
        assert!(
            refuse_open_address(&Listen {
                behind_proxy: true,
                ..listen("0.0.0.0:1")
            })
            .is_ok()
        );
    }

    #[test]
    fn an_operators_address_goes_without_tls_or_token_on_loopback_only() {
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
        assert!(refuse_open_admin(&at("127.0.0.1:1"), &bare).is_ok());
        for admin in [bare.clone(), with_token.clone(), tls(bare)] {
            let sentence = refuse_open_admin(&at("0.0.0.0:1"), &admin)
                .unwrap_err()
                .to_string();
            assert!(
                sentence.contains("TLS") && sentence.contains("token"),
                "{sentence}"
            );
        }
        assert!(refuse_open_admin(&at("0.0.0.0:1"), &tls(with_token.clone())).is_ok());
        let public = Listen {
            tls_cert: Some("c".into()),
            tls_key: Some("k".into()),
            ..at("0.0.0.0:1")
        };
        assert!(
            refuse_open_admin(&public, &with_token).is_ok(),
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
    fn a_certificate_without_its_key_is_refused() {
        let listen = Listen {
            tls_cert: Some("cert.pem".into()),
            ..listen("127.0.0.1:1")
        };
        assert!(refuse_open_address(&listen).is_err());
    }
}
