//! Command-line interface.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use serde_json::Value;

use crate::command::Command;
use crate::config::{StoreChoice, TrustedProxies};
use crate::terminal;

/// Arguments of the binary. Without a command it serves.
#[derive(Debug, Parser)]
#[command(
    name = "caas",
    version,
    about = "Self-hosted chat as a service: API, realtime and chat page in one binary."
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
    /// Print JSON, one object per line.
    #[arg(long, global = true)]
    pub json: bool,
    /// TOML configuration file [env: `CAAS_CONFIG`].
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Directory of the SQLite files [default: ./caas-data].
    #[arg(long, global = true, value_name = "DIRECTORY")]
    data_dir: Option<PathBuf>,
    /// `sqlite`, or the mongodb:// URL of a replica set [default: sqlite].
    #[arg(long, global = true, value_name = "STORE", value_parser = validated_store)]
    store: Option<String>,
}

/// Flags of `serve`.
#[derive(Debug, Default, Args)]
pub struct ServeFlags {
    /// Address of the public listener [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Address of the admin listener [default: 127.0.0.1:8081].
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
    /// PEM file with the private key of the certificate.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// TLS is terminated by a reverse proxy.
    #[arg(long)]
    behind_proxy: bool,
    /// Comma-separated networks of the reverse proxies [default: none].
    #[arg(long, value_name = "NETWORKS", value_parser = validated_networks)]
    trusted_proxies: Option<String>,
    /// Expect a PROXY protocol header, version 1 or 2, on public connections.
    #[arg(long)]
    proxy_protocol: bool,
    /// Start without the demo tenant and the chat page.
    #[arg(long)]
    no_demo: bool,
}

/// Command of the binary.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Start the server. SIGTERM and SIGINT stop it gracefully.
    Serve(ServeFlags),
    /// Validate the configuration without starting the server.
    Check(ServeFlags),
    #[command(flatten)]
    Command(Command),
    /// Print the configuration reference.
    #[command(hide = true)]
    ConfigReference {
        /// Print the example file instead.
        #[arg(long)]
        example: bool,
    },
    /// Print the metrics reference.
    #[command(hide = true)]
    MetricsReference,
}

type Settings = Vec<(&'static str, Value)>;

impl Cli {
    /// Formats the output of a command as JSON or text.
    pub fn format_output(&self, output: &Value) -> String {
        if self.common.json {
            output.to_string()
        } else {
            terminal::render(output)
        }
    }
}

impl Common {
    /// Returns the settings of the given flags.
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
    /// Returns the settings of the given flags.
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

fn validated_store(text: &str) -> Result<String, crate::config::UnknownStore> {
    text.parse::<StoreChoice>().map(|_| text.to_owned())
}

fn validated_networks(text: &str) -> Result<String, crate::config::InvalidNetwork> {
    text.parse::<TrustedProxies>().map(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn command_definition_is_valid() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_of_serve_are_accepted_without_a_command() {
        let bare = Cli::parse_from(["caas", "--listen", "127.0.0.1:1", "--no-demo"]);
        assert!(bare.action.is_none());
        assert_eq!(bare.serve.settings().len(), 2);
    }
}
