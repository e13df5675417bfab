//! Closing of a store.

use tokio::task::JoinSet;

use crate::fixtures::{person, write};
use crate::{Case, User};
use store::{CommitError, ReadError};

/// Checks that another store reads all acknowledged writes, that later statements fail as
/// unavailable, and that nothing hangs.
pub async fn what_waits_is_written_and_then_nothing_more(case: &Case<'_>) {
    let tenant = case.tenant();
    let mut writers = JoinSet::new();
    for team in 0..20 {
        let tenant = tenant.clone();
        writers.spawn(async move {
            write(&tenant, |batch| batch.insert(person(&team.to_string()))).await
        });
    }
    let first = writers.join_next().await.unwrap().unwrap().unwrap();
    case.world.store.close().await;
    let mut stand = vec![first.id];
    while let Some(outcome) = writers.join_next().await {
        match outcome.unwrap() {
            Ok(written) => stand.push(written.id),
            Err(CommitError::Unavailable(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(matches!(
        tenant.get(first.id).await,
        Err(ReadError::Unavailable(_))
    ));
    let late = write(&tenant, |batch| batch.insert(person("late"))).await;
    assert!(matches!(late, Err(CommitError::Unavailable(_))), "{late:?}");
    if let Ok(found) = case.rival().get_many::<User>(&stand).await {
        assert_eq!(found.len(), stand.len());
    }
}
