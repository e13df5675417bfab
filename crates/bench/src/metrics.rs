use testkit::Caas;
use testkit::api::Client;

/// What the server counted of its group commits.
#[derive(Debug, Clone, Copy)]
pub struct Groups {
    /// Synced transactions or insert commands.
    pub groups: f64,
    /// Commits that they wrote.
    pub grouped: f64,
}

/// Reads the operator's metrics page.
pub async fn groups(caas: &Caas) -> Groups {
    let page = Client::new(&caas.admin_url()).get("/metrics").await.text;
    Groups { groups: value(&page, "caas_store_groups_total"), grouped: value(&page, "caas_store_grouped_total") }
}

fn value(page: &str, name: &str) -> f64 {
    let line = page.lines().find(|line| line.split_whitespace().next() == Some(name));
    line.and_then(|line| line.rsplit(' ').next()).and_then(|value| value.parse().ok()).unwrap_or_default()
}
