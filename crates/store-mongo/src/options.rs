use store::Declaration;

/// Connection options of the replica set and the collections to keep there.
#[derive(Debug, Clone)]
pub struct Options {
    /// Connection string `mongodb://…` in the driver's format, with credentials.
    pub uri: String,
    /// Prefix of the names of all databases.
    pub prefix: String,
    /// Declarations of all collections.
    pub catalogue: Vec<&'static Declaration>,
    /// Minimum number of connections kept open to each server.
    pub min_pool: u32,
    /// Maximum number of connections to each server.
    pub max_pool: u32,
    /// Whether to receive the writes of other nodes through a change stream.
    pub watch: bool,
}

impl Options {
    /// Creates options with the defaults: database prefix `caas`, 2 to 10 connections per server,
    /// change stream on.
    #[must_use]
    pub fn new(uri: impl Into<String>, catalogue: Vec<&'static Declaration>) -> Self {
        Self {
            uri: uri.into(),
            prefix: "caas".to_owned(),
            catalogue,
            min_pool: 2,
            max_pool: 10,
            watch: true,
        }
    }
}
