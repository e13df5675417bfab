//! The configuration. A flag beats the environment, the environment beats the
//! file, the file beats what is written here.

mod environment;
mod load;
mod per_address;
mod reference;
mod secret;
mod section;
mod store_choice;
mod trusted_proxies;

pub use environment::{FILE as FILE_VARIABLE, unknown as unknown_variables, variables};
pub use load::{Setting, load};
pub use per_address::PerAddress;
pub use reference::{example, reference};
pub use secret::Secret;
pub use section::{Key, Section};
pub use store_choice::{StoreChoice, UnknownStore};
pub use trusted_proxies::{InvalidNetwork, TrustedProxies};

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use domain::auth::RateLimits;
use serde::{Deserialize, Serialize};

use section::section;

section! {
    /// Where the server listens.
    Listen "listen" {
        /// Address of the public API, realtime and pages. Port 0 takes a free one. Other than loopback it needs TLS or `behind_proxy`.
        address: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080)), "CAAS_LISTEN";
        /// Address of metrics and readiness detail. Other than loopback it needs TLS and a token (`[admin]`).
        admin_address: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8081)), "CAAS_ADMIN_LISTEN";
        /// File of the PEM certificate chain; the public listener then speaks TLS.
        tls_cert: Option<PathBuf> = None, "CAAS_TLS_CERT";
        /// File of the certificate's PEM private key.
        tls_key: Option<PathBuf> = None, "CAAS_TLS_KEY";
        /// Says that a proxy in front ends TLS, so that a public address without a certificate is allowed.
        behind_proxy: bool = false, "CAAS_BEHIND_PROXY";
        /// Networks of the proxies in front, such as `["10.0.0.0/8", "::1"]`; in the environment with commas. The client's address is the rightmost forwarded one that is not in them. With `behind_proxy` and neither this nor `proxy_protocol`, nothing is bounded by address.
        trusted_proxies: TrustedProxies = TrustedProxies::default(), "CAAS_TRUSTED_PROXIES";
        /// Header in which trusted proxies name the client: `x-forwarded-for`, `forwarded` (RFC 7239), or `auto` for the one that a request has; if it has both and they differ, the proxy's own address counts.
        forwarded_header: ForwardedHeader = ForwardedHeader::Auto, "CAAS_FORWARDED_HEADER";
        /// Whether every connection of the public listener begins with a PROXY header, version 1 or 2; others are closed, as are peers outside `trusted_proxies` if it is given.
        proxy_protocol: bool = false, "CAAS_PROXY_PROTOCOL";
        /// Open connections of the public listener, sockets included; further ones wait in the system's queue. Fewer if the limit of open files is too low for them.
        connections: u32 = 50_000, "CAAS_CONNECTIONS";
        /// Open connections of the public listener per client address, an IPv6 network of 64 bits counting as one; further ones are closed. `auto` is 1,000, without a bound for loopback addresses. Trusted proxies have none, nor has anything with `behind_proxy` alone.
        connections_per_address: PerAddress = PerAddress::Auto, "CAAS_CONNECTIONS_PER_ADDRESS";
    }
}

/// The header in which proxies name the client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// The one that the request has.
    #[default]
    Auto,
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded`, of RFC 7239.
    Forwarded,
}

section! {
    /// Access to the operator's listener.
    Admin "admin" {
        /// Token that requests carry as `Authorization: Bearer …`, at least 16 characters. With one every path but `/healthz` needs it. The environment or `token_file` is a better place than this file.
        token: Option<Secret> = None, "CAAS_ADMIN_TOKEN";
        /// File that holds the token.
        token_file: Option<PathBuf> = None, "CAAS_ADMIN_TOKEN_FILE";
        /// Names by which the listener is reached, with or without a port, besides its own address. Requests with another `Host` are rejected.
        hosts: Vec<String> = Vec::new(), "CAAS_ADMIN_HOSTS";
        /// File of the PEM certificate chain; the operator's listener then speaks TLS. Without it an address other than loopback uses the public listener's.
        tls_cert: Option<PathBuf> = None, "CAAS_ADMIN_TLS_CERT";
        /// File of the certificate's PEM private key.
        tls_key: Option<PathBuf> = None, "CAAS_ADMIN_TLS_KEY";
    }
}

section! {
    /// Where the data lives.
    Store "store" {
        /// `sqlite` for the embedded engine in `data_dir`, or the `mongodb://` address of a replica set.
        url: StoreChoice = StoreChoice::Sqlite, "CAAS_STORE";
        /// Folder of the embedded engine's files, the master key made for them, and the control socket.
        data_dir: PathBuf = PathBuf::from("caas-data"), "CAAS_DATA_DIR";
        /// What the names of `MongoDB` databases begin with.
        prefix: String = "caas".to_owned(), "CAAS_STORE_PREFIX";
        /// Connections to `MongoDB` that are kept open.
        pool_min: u32 = 2, "CAAS_STORE_POOL_MIN";
        /// Connections to `MongoDB` at most.
        pool_max: u32 = 10, "CAAS_STORE_POOL_MAX";
    }
}

section! {
    /// The key that seals stored secrets. Give one of the two on `MongoDB`; on the embedded engine one is made in the data folder.
    MasterKey "master_key" {
        /// 64 hexadecimal digits. The environment or `file` is a better place than this file.
        value: Option<Secret> = None, "CAAS_MASTER_KEY";
        /// File that holds the 64 digits.
        file: Option<PathBuf> = None, "CAAS_MASTER_KEY_FILE";
    }
}

section! {
    /// How many requests a second are answered in the long run, over HTTP and sockets together; as many as in ten seconds may come at once. Each 16 KiB of a body, 10 events or one user of a batch count as a request more. Over HTTP whoever asks more often is told when to try again, over a socket their frames wait.
    Requests "requests" {
        /// Of one user. With less than 10, clients that write too often may take the wait for a lost connection.
        user: NonZeroU32 = RateLimits::default().user, "CAAS_USER_REQUESTS";
        /// Of one tenant, its users' included.
        tenant: NonZeroU32 = RateLimits::default().tenant, "CAAS_TENANT_REQUESTS";
        /// Of one client address (of IPv6: one network of 64 bits), without a valid credential.
        address: NonZeroU32 = RateLimits::default().address, "CAAS_ADDRESS_REQUESTS";
    }
}

section! {
    /// What is logged, on standard error.
    Log "log" {
        /// `error`, `warn`, `info`, `debug`, `trace`, or per module such as `info,http_api=debug`. Libraries stay at `info` unless one is named.
        level: String = "info".to_owned(), "CAAS_LOG";
        /// One JSON object a line instead of text.
        json: bool = false, "CAAS_LOG_JSON";
    }
}

section! {
    /// The demo: a tenant with two users and the chat page, on a loopback listener only.
    Demo "demo" {
        /// Whether there is one.
        enabled: bool = true, "CAAS_DEMO";
    }
}

/// The whole configuration.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the server listens.
    pub listen: Listen,
    /// Access to the operator's listener.
    pub admin: Admin,
    /// Where the data lives.
    pub store: Store,
    /// The key that seals stored secrets.
    pub master_key: MasterKey,
    /// How many requests are answered.
    pub requests: Requests,
    /// What is logged.
    pub log: Log,
    /// The demo.
    pub demo: Demo,
}

/// Every section, in the order of the documentation.
pub fn sections() -> [Section; 7] {
    [
        Listen::section(),
        Admin::section(),
        Store::section(),
        MasterKey::section(),
        Requests::section(),
        Log::section(),
        Demo::section(),
    ]
}
