//! The HTTP client for requests to other servers: object storage, webhooks, bridges.
//!
//! URLs may come from tenants and users. Requests therefore reach public addresses only, unless the
//! operator has configured the host: see [`Options::configured_hosts`]. The connection is made to
//! the address that was checked; redirects are not followed, and proxies of the environment are
//! ignored. Every request has timeouts and a bounded response body.

mod address;
mod body;
mod client;
mod error;
mod host;
mod resolver;
mod tls;

pub use address::is_public;
pub use body::ResponseBody;
pub use client::{Client, Options, Response};
pub use error::Error;
pub use host::{ConfiguredHost, InvalidHost};
pub use resolver::{Lookup, SystemLookup};
pub use tls::{InvalidCertificates, read_certificates};

pub use reqwest::header;
pub use reqwest::{Body, Method, Request, StatusCode, Url};
pub use rustls::pki_types::CertificateDer as Certificate;
