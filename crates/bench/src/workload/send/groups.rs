use crate::server::Server;

/// What the server counted of its group commits.
#[derive(Debug, Clone, Copy)]
struct Groups {
    /// Synced transactions or insert commands.
    groups: f64,
    /// Commits that they wrote.
    grouped: f64,
}

/// Does something and says how many commits the server wrote together meanwhile, on average.
pub(super) async fn during<T>(server: &Server, work: impl Future<Output = T>) -> (T, f64) {
    let before = read(server).await;
    let done = work.await;
    let after = read(server).await;
    (
        done,
        (after.grouped - before.grouped) / (after.groups - before.groups).max(1.0),
    )
}

async fn read(server: &Server) -> Groups {
    let counted = async |name| server.caas.metric(name).await as f64;
    Groups {
        groups: counted("caas_store_groups_total").await,
        grouped: counted("caas_store_grouped_total").await,
    }
}
