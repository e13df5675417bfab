use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::config::Listen;
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
        return Err(Refusal::new("Give either --tls-cert and --tls-key, or --behind-proxy, not both."));
    }
    if listen.address.ip().is_loopback() || tls || listen.behind_proxy {
        return Ok(());
    }
    Err(Refusal::new(format!(
        "{} is reachable from other machines: give --tls-cert and --tls-key, or --behind-proxy when a proxy in front ends TLS.",
        listen.address
    )))
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
        Listen { address: address.parse().unwrap(), ..Listen::default() }
    }

    #[test]
    fn only_loopback_goes_without_tls_or_proxy() {
        assert!(refuse_open_address(&listen("127.0.0.1:1")).is_ok());
        assert!(refuse_open_address(&listen("[::1]:1")).is_ok());
        let sentence = refuse_open_address(&listen("0.0.0.0:1")).unwrap_err().to_string();
        assert!(sentence.contains("--tls-cert") && sentence.contains("--behind-proxy"), "{sentence}");
        assert!(refuse_open_address(&Listen { behind_proxy: true, ..listen("0.0.0.0:1") }).is_ok());
    }

    #[test]
    fn a_certificate_without_its_key_is_refused() {
        let listen = Listen { tls_cert: Some("cert.pem".into()), ..listen("127.0.0.1:1") };
        assert!(refuse_open_address(&listen).is_err());
    }
}
