use std::collections::HashSet;
use std::path::{Path, PathBuf};

use store::{Isolation, TenantStore};
use tokio::task::JoinSet;

use crate::world::{World, join, members};

/// Writes and reads alternately. Checks that reads return what was written, and that no more files
/// are open than allowed.
async fn live(tenant: TenantStore, folder: PathBuf) {
    for round in 1..=10 {
        join(&tenant, "red", Some(&round.to_string()))
            .await
            .unwrap();
        assert_eq!(members(&tenant, "red").await, round);
        let open = open_files(&folder);
        assert!(open <= 2, "{open} files are open");
    }
}

/// Fails if a file in use can be evicted, and if no file can be evicted.
#[tokio::test(flavor = "multi_thread")]
async fn two_open_files_serve_twenty_tenants() {
    let world = World::new();
    let store = world.store(2);
    let tenants: Vec<_> = (0..20)
        .map(|_| world.tenant(&store, Isolation::DedicatedCollections))
        .collect();
    let mut lives = JoinSet::new();
    for tenant in &tenants {
        lives.spawn(live(tenant.clone(), world.folder.path().to_owned()));
    }
    lives.join_all().await;
    for tenant in &tenants {
        assert_eq!(members(tenant, "red").await, 10);
    }
}

/// Returns the number of database files in the directory that this process has open, if the system
/// lists them. A listing races with opening and closing, so a file counts only if it is in each of
/// several listings.
fn open_files(folder: &Path) -> usize {
    let mut open = listed(folder);
    for _ in 0..4 {
        let again = listed(folder);
        open.retain(|path| again.contains(path));
    }
    open.len()
}

fn listed(folder: &Path) -> HashSet<PathBuf> {
    let links = std::fs::read_dir("/proc/self/fd").into_iter().flatten();
    let paths = links.filter_map(|link| std::fs::read_link(link.ok()?.path()).ok());
    let ours = paths
        .filter(|path| path.starts_with(folder) && path.extension().is_some_and(|it| it == "db"));
    ours.collect()
}
