use store::Declaration;

/// How to reach the replica set and what to keep there.
#[derive(Debug, Clone)]
pub struct Options {
    /// `mongodb://…`, as the driver reads it; credentials belong in it.
    pub uri: String,
    /// What the names of all databases begin with.
    pub prefix: String,
    /// Every declaration of the product.
    pub catalogue: Vec<&'static Declaration>,
    /// Connections kept open to each server.
    pub min_pool: u32,
    /// Connections open at most to each server.
    pub max_pool: u32,
    /// Whether to follow what other nodes write.
    pub watch: bool,
}

impl Options {
    /// The defaults: databases `caas_…`, 2 to 10 connections, watching.
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
