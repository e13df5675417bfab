//! Configuration of the server. Precedence: command-line flag, environment
//! variable, file, default.

mod environment;
mod load;
mod reference;
mod trusted_proxies;
mod values;

pub use environment::{FILE as FILE_VARIABLE, unknown as unknown_variables, variables};
pub use load::{Setting, load};
pub use reference::{Key, Section, example, reference};
pub use trusted_proxies::{InvalidNetwork, TrustedProxies};
pub use values::{MediaUrl, PerAddressLimit, ScannerAddress, Secret, StoreChoice, UnknownStore};

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use domain::auth::RateLimits;
use domain::media::StorageQuota;
use domain::sign_in::PasswordCost;
use serde::{Deserialize, Serialize};

use reference::section;

section! {
    /// Public and admin listeners.
    Listen "listen" {
        /// Address of the public listener: API, realtime and pages. Port 0 selects a free port. An address other than loopback requires TLS or `behind_proxy`.
        address: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080)), "CAAS_LISTEN";
        /// Address of the admin listener: metrics and readiness details. An address other than loopback requires TLS and a token (`[admin]`).
        admin_address: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8081)), "CAAS_ADMIN_LISTEN";
        /// PEM file with the certificate chain. Enables TLS on the public listener.
        tls_cert: Option<PathBuf> = None, "CAAS_TLS_CERT";
        /// PEM file with the private key of the certificate.
        tls_key: Option<PathBuf> = None, "CAAS_TLS_KEY";
        /// Whether TLS is terminated by a reverse proxy. Allows a public address without a certificate.
        behind_proxy: bool = false, "CAAS_BEHIND_PROXY";
        /// Networks of the reverse proxies, such as `["10.0.0.0/8", "::1"]`. The client address is the rightmost forwarded address outside these networks. With `behind_proxy` and neither this nor `proxy_protocol`, limits per address do not apply.
        trusted_proxies: TrustedProxies = TrustedProxies::default(), "CAAS_TRUSTED_PROXIES";
        /// Header in which trusted proxies send the client address: `x-forwarded-for`, `forwarded` (RFC 7239), or `auto` for the one that is present. If both are present and differ, `auto` uses the address of the proxy.
        forwarded_header: ForwardedHeader = ForwardedHeader::Auto, "CAAS_FORWARDED_HEADER";
        /// Whether the public listener expects a PROXY protocol header, version 1 or 2. Connections without one are closed, and connections from outside `trusted_proxies` if it is set.
        proxy_protocol: bool = false, "CAAS_PROXY_PROTOCOL";
        /// Maximum number of open connections of the public listener, including realtime connections. Further connections wait in the backlog of the operating system. Lower if the limit of open files is too low.
        connections: u32 = 50_000, "CAAS_CONNECTIONS";
        /// Maximum number of open connections per client address (IPv6: per /64 network). Further connections are closed. `auto` is 1,000, and unlimited for loopback addresses. Trusted proxies are exempt; with `behind_proxy` alone there is no limit.
        connections_per_address: PerAddressLimit = PerAddressLimit::Auto, "CAAS_CONNECTIONS_PER_ADDRESS";
    }
}

/// Header in which proxies send the client address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// The header that is present.
    #[default]
    Auto,
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

section! {
    /// Access to the admin listener.
    Admin "admin" {
        /// Token of at least 16 characters that requests send as `Authorization: Bearer …`. If set, every path except `/healthz` requires it. Prefer the environment variable or `token_file`.
        token: Option<Secret> = None, "CAAS_ADMIN_TOKEN";
        /// File with the token.
        token_file: Option<PathBuf> = None, "CAAS_ADMIN_TOKEN_FILE";
        /// Host names of the listener, with or without a port, in addition to its address. Requests with another `Host` are rejected.
        hosts: Vec<String> = Vec::new(), "CAAS_ADMIN_HOSTS";
        /// PEM file with the certificate chain. Enables TLS on the admin listener. At an address other than loopback it defaults to the certificate of the public listener.
        tls_cert: Option<PathBuf> = None, "CAAS_ADMIN_TLS_CERT";
        /// PEM file with the private key of the certificate.
        tls_key: Option<PathBuf> = None, "CAAS_ADMIN_TLS_KEY";
    }
}

section! {
    /// Database.
    Store "store" {
        /// `sqlite` for embedded SQLite in `data_dir`, or the `mongodb://` URL of a replica set.
        url: StoreChoice = StoreChoice::Sqlite, "CAAS_STORE";
        /// Directory of the SQLite files, the generated master key and the control socket.
        data_dir: PathBuf = PathBuf::from("caas-data"), "CAAS_DATA_DIR";
        /// Prefix of the names of `MongoDB` databases.
        prefix: String = "caas".to_owned(), "CAAS_STORE_PREFIX";
        /// Minimum number of open connections to `MongoDB`.
        pool_min: u32 = 2, "CAAS_STORE_POOL_MIN";
        /// Maximum number of open connections to `MongoDB`.
        pool_max: u32 = 10, "CAAS_STORE_POOL_MAX";
    }
}

section! {
    /// Storage of media: a folder, or a bucket of an S3-compatible service.
    Media "media" {
        /// `file:///folder` or `s3://bucket/prefix`. The default is the folder `media` in the data directory. Required with `MongoDB`: all nodes use the same bucket or shared folder.
        url: Option<MediaUrl> = None, "CAAS_MEDIA_URL";
        /// URL of the S3 service without the bucket. The default is Amazon S3 in `region`. The host may have a private address.
        endpoint: Option<String> = None, "CAAS_MEDIA_ENDPOINT";
        /// Region of the bucket.
        region: String = "us-east-1".to_owned(), "CAAS_MEDIA_REGION";
        /// Whether the bucket is a part of the path of a URL instead of its host name.
        path_style: bool = true, "CAAS_MEDIA_PATH_STYLE";
        /// Whether `endpoint` may begin with `http://`.
        allow_http: bool = false, "CAAS_MEDIA_ALLOW_HTTP";
        /// PEM file with certificates that are trusted for `endpoint`, in addition to those of the operating system.
        ca_file: Option<PathBuf> = None, "CAAS_MEDIA_CA_FILE";
        /// Access key id of the S3 service. Environment variable only.
        access_key_id: Option<Secret> = None, "CAAS_MEDIA_ACCESS_KEY_ID";
        /// File with the access key id.
        access_key_id_file: Option<PathBuf> = None, "CAAS_MEDIA_ACCESS_KEY_ID_FILE";
        /// Secret access key of the S3 service. Environment variable only.
        secret_access_key: Option<Secret> = None, "CAAS_MEDIA_SECRET_ACCESS_KEY";
        /// File with the secret access key.
        secret_access_key_file: Option<PathBuf> = None, "CAAS_MEDIA_SECRET_ACCESS_KEY_FILE";
        /// Whether downloads are redirected to presigned URLs of the S3 service. Clients must reach `endpoint`.
        redirect: bool = false, "CAAS_MEDIA_REDIRECT";
        /// Address of the virus scanner clamd: `host:port`, or `unix:/path` of its socket. With a scanner, files are served only once it has found nothing.
        clamd: Option<ScannerAddress> = None, "CAAS_MEDIA_CLAMD";
        /// Bytes that the files of one tenant may use.
        tenant_bytes: u64 = StorageQuota::default().bytes, "CAAS_MEDIA_TENANT_BYTES";
        /// Number of files that one tenant may have.
        tenant_files: u64 = StorageQuota::default().files, "CAAS_MEDIA_TENANT_FILES";
    }
}

section! {
    /// Key that encrypts stored secrets. With `MongoDB` one of the two keys is required. With SQLite the server generates a master key in the data directory by default.
    MasterKey "master_key" {
        /// 64 hexadecimal digits. Prefer the environment variable or `file`.
        value: Option<Secret> = None, "CAAS_MASTER_KEY";
        /// File with the 64 hexadecimal digits.
        file: Option<PathBuf> = None, "CAAS_MASTER_KEY_FILE";
    }
}

section! {
    /// Cost of password hashes (argon2id).
    Passwords "passwords" {
        /// Memory of one hash in KiB. A higher value renews stored hashes at the next sign-in.
        memory_kib: u32 = PasswordCost::default().memory_kib, "CAAS_PASSWORD_MEMORY_KIB";
        /// Passes over the memory.
        iterations: u32 = PasswordCost::default().iterations, "CAAS_PASSWORD_ITERATIONS";
        /// Memory of all hashes that are computed at once, in MiB. Further requests wait; when too many wait, they fail with 503.
        total_memory_mib: u32 = PasswordCost::default().total_memory_mib, "CAAS_PASSWORD_TOTAL_MEMORY_MIB";
    }
}

section! {
    /// Mails to users. Without `smtp_host`, mails go to the development mailbox, which `caas mail list` shows.
    Mail "mail" {
        /// Host name of the SMTP relay.
        smtp_host: Option<String> = None, "CAAS_MAIL_SMTP_HOST";
        /// Port of the SMTP relay. 0 selects the usual one: 465 for `tls`, 587 for `starttls` and 25 for `none`.
        smtp_port: u16 = 0, "CAAS_MAIL_SMTP_PORT";
        /// Encryption: `tls` from the start, `starttls`, which is required, or `none` for a relay on a loopback address.
        smtp_security: SmtpSecurity = SmtpSecurity::Tls, "CAAS_MAIL_SMTP_SECURITY";
        /// User name at the SMTP relay.
        smtp_user: Option<String> = None, "CAAS_MAIL_SMTP_USER";
        /// Password at the SMTP relay. Environment variable only.
        smtp_password: Option<Secret> = None, "CAAS_MAIL_SMTP_PASSWORD";
        /// File with the password at the SMTP relay.
        smtp_password_file: Option<PathBuf> = None, "CAAS_MAIL_SMTP_PASSWORD_FILE";
        /// Sender of all mails, such as `Acme <no-reply@acme.example>`. Required with `smtp_host`.
        from: Option<String> = None, "CAAS_MAIL_FROM";
    }
}

/// Encryption of SMTP connections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// TLS from the start.
    #[default]
    Tls,
    /// STARTTLS, required.
    StartTls,
    /// No encryption.
    None,
}

section! {
    /// Sustained request rate per second, HTTP and WebSocket together, with bursts of ten seconds' worth. Each 16 KiB of a body, each 10 events and each user of a batch count as one more request. Above the rate HTTP returns 429 with `Retry-After`; WebSocket frames are delayed.
    Requests "requests" {
        /// Requests per second of one user. Below 10, a client may mistake delayed frames for a lost connection.
        user: NonZeroU32 = RateLimits::default().user, "CAAS_USER_REQUESTS";
        /// Requests per second of one tenant, including its users.
        tenant: NonZeroU32 = RateLimits::default().tenant, "CAAS_TENANT_REQUESTS";
        /// Requests per second of one client address (IPv6: one /64 network) without valid credentials.
        address: NonZeroU32 = RateLimits::default().address, "CAAS_ADDRESS_REQUESTS";
    }
}

section! {
    /// Log on standard error.
    Log "log" {
        /// Log level: `error`, `warn`, `info`, `debug`, `trace`, or per module such as `info,http_api=debug`. Libraries stay at `info` unless named.
        level: String = "info".to_owned(), "CAAS_LOG";
        /// Whether each line is a JSON object instead of text.
        json: bool = false, "CAAS_LOG_JSON";
    }
}

section! {
    /// Demo: a tenant with two users and the chat page. Only on a loopback address without TLS and without `behind_proxy`.
    Demo "demo" {
        /// Whether the demo is enabled.
        enabled: bool = true, "CAAS_DEMO";
    }
}

/// Configuration of the server.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Public and admin listeners.
    pub listen: Listen,
    /// Access to the admin listener.
    pub admin: Admin,
    /// Database.
    pub store: Store,
    /// Storage of media.
    pub media: Media,
    /// Key that encrypts stored secrets.
    pub master_key: MasterKey,
    /// Cost of password hashes.
    pub passwords: Passwords,
    /// Mails to users.
    pub mail: Mail,
    /// Rate limits.
    pub requests: Requests,
    /// Log.
    pub log: Log,
    /// Demo.
    pub demo: Demo,
}

/// Returns all sections in the order of the documentation.
pub fn sections() -> [Section; 10] {
    [
        Listen::section(),
        Admin::section(),
        Store::section(),
        Media::section(),
        MasterKey::section(),
        Passwords::section(),
        Mail::section(),
        Requests::section(),
        Log::section(),
        Demo::section(),
    ]
}
