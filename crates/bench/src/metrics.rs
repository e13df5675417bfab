use testkit::Caas;

/// What the server counted of its group commits.
#[derive(Debug, Clone, Copy)]
pub struct Groups {
    /// Synced transactions or insert commands.
    pub groups: f64,
    /// Commits that they wrote.
    pub grouped: f64,
}

/// What the server has counted until now.
pub async fn groups(caas: &Caas) -> Groups {
    let counted = async |name| caas.metric(name).await as f64;
    Groups { groups: counted("caas_store_groups_total").await, grouped: counted("caas_store_grouped_total").await }
}
