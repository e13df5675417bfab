use store::{Isolation, Tenant};
use tokio::task::JoinSet;

use crate::world::{World, join, members};

/// Writes and reads by turns; everything read is what was written.
async fn live(tenant: Tenant, rounds: usize) {
    for round in 1..=rounds {
        join(&tenant, "red", Some(&round.to_string())).await.unwrap();
        assert_eq!(members(&tenant, "red").await, round);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_open_files_serve_twenty_tenants() {
    let world = World::new();
    let store = world.store(2);
    let tenants: Vec<_> = (0..20).map(|_| world.tenant(&store, Isolation::Set)).collect();
    let mut lives = JoinSet::new();
    tenants.iter().cloned().for_each(|tenant| drop(lives.spawn(live(tenant, 10))));
    lives.join_all().await;
    for tenant in &tenants {
        assert_eq!(members(tenant, "red").await, 10);
    }
    #[cfg(target_os = "linux")]
    assert!(open_files(&world) <= 2, "{} files are open", open_files(&world));
}

/// The database files of the world that this process holds open.
#[cfg(target_os = "linux")]
fn open_files(world: &World) -> usize {
    let links =
        std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|fd| std::fs::read_link(fd.unwrap().path()).ok());
    let ours = links.filter(|path| path.starts_with(world.folder.path()));
    ours.filter(|path| path.extension().is_some_and(|extension| extension == "db"))
        .collect::<std::collections::HashSet<_>>()
        .len()
}
