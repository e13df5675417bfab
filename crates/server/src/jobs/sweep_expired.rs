use base::Result;
use store::Store;

/// Removes expired documents, which reads have left out since they expired.
pub async fn run(store: Store) -> Result<()> {
    let removed = domain::jobs::sweep(&store).await?;
    tracing::debug!(removed, "swept expired documents");
    Ok(())
}
