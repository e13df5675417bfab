//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use serde_json::Value;

use crate::command::Command;
use crate::config::{StoreChoice, TrustedProxies};
use crate::terminal;

/// Chat as a service: one binary, many tenants. Without a command it serves.
#[derive(Debug, Parser)]
#[command(
    name = "caas",
    version,
    about = "Chat as a service, self-hosted: API, realtime and chat page in one binary."
)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub serve: ServeFlags,
    #[command(subcommand)]
    pub action: Option<Action>,
}

/// Flags of every command.
#[derive(Debug, Args)]
pub struct Common {
    /// Answer in JSON, one object a line.
    #[arg(long, global = true)]
    pub json: bool,
    /// TOML file to read the configuration from [env: `CAAS_CONFIG`].
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of the embedded engine's files [default: ./caas-data].
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// `sqlite`, or the mongodb:// address of a replica set [default: sqlite].
    #[arg(long, global = true, value_name = "STORE", value_parser = store_text)]
    store: Option<String>,
}

/// Flags of `serve`.
#[derive(Debug, Default, Args)]
pub struct ServeFlags {
    /// Address of the public listener [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Address of the operator's listener [default: 127.0.0.1:8081].
    #[arg(long, value_name = "ADDRESS")]
    admin_listen: Option<SocketAddr>,
    /// PEM file with the certificate chain.
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_key",
        conflicts_with = "behind_proxy"
    )]
    tls_cert: Option<PathBuf>,
    /// PEM file with the certificate's private key.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A proxy in front ends TLS.
    #[arg(long)]
    behind_proxy: bool,
    /// Networks of the proxies in front, with commas between [default: none].
    #[arg(long, value_name = "NETWORKS", value_parser = networks_text)]
    trusted_proxies: Option<String>,
    /// Expect a PROXY header, version 1 or 2, on every public connection.
    #[arg(long)]
    proxy_protocol: bool,
    /// Start without the demo tenant and its chat page.
    #[arg(long)]
    no_demo: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Serve until a signal says stop.
    Serve(ServeFlags),
    /// Validate the configuration and the environment without starting.
    Check(ServeFlags),
    #[command(flatten)]
    Command(Command),
    /// Write the configuration's documentation, for the repository.
    #[command(hide = true)]
    ConfigReference {
        /// The example file instead of the page.
        #[arg(long)]
        example: bool,
    },
    /// Write the documentation of the metrics, for the repository.
    #[command(hide = true)]
    MetricsReference,
}

type Settings = Vec<(&'static str, Value)>;

impl Cli {
    /// Returns an answer as the command line wants it shown.
    pub fn shown(&self, answer: &Value) -> String {
        if self.common.json {
            answer.to_string()
        } else {
            terminal::render(answer)
        }
    }
}

impl Common {
    /// The settings that were given.
    pub fn settings(&self) -> Settings {
        let data_dir = self
            .data_dir
            .as_ref()
            .map(|path| ("store.data_dir", Value::from(path.to_string_lossy())));
        let store = self
            .store
            .as_ref()
            .map(|url| ("store.url", Value::from(url.as_str())));
        data_dir.into_iter().chain(store).collect()
    }
}

impl ServeFlags {
    /// The settings that were given.
    pub fn settings(&self) -> Settings {
        let address =
            |value: Option<SocketAddr>| value.map(|address| Value::from(address.to_string()));
        let path = |value: &Option<PathBuf>| {
            value
                .as_ref()
                .map(|path| Value::from(path.to_string_lossy()))
        };
        [
            ("listen.address", address(self.listen)),
            ("listen.admin_address", address(self.admin_listen)),
            ("listen.tls_cert", path(&self.tls_cert)),
            ("listen.tls_key", path(&self.tls_key)),
            (
                "listen.behind_proxy",
                self.behind_proxy.then_some(Value::Bool(true)),
            ),
            (
                "listen.trusted_proxies",
                self.trusted_proxies.as_deref().map(Value::from),
            ),
            (
                "listen.proxy_protocol",
                self.proxy_protocol.then_some(Value::Bool(true)),
            ),
            ("demo.enabled", self.no_demo.then_some(Value::Bool(false))),
        ]
        .into_iter()
        .filter_map(|(path, value)| Some((path, value?)))
        .collect()
    }
}

fn store_text(text: &str) -> Result<String, crate::config::UnknownStore> {
    text.parse::<StoreChoice>().map(|_| text.to_owned())
}

fn networks_text(text: &str) -> Result<String, crate::config::InvalidNetwork> {
    text.parse::<TrustedProxies>().map(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn serve_is_what_happens_without_a_command() {
        let bare = Cli::parse_from(["caas", "--listen", "127.0.0.1:1", "--no-demo"]);
        assert!(bare.action.is_none());
        assert_eq!(bare.serve.settings().len(), 2);
    }
}
