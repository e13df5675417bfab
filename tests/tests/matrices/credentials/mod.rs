//! Every operation with every kind of credential, against the committed table
//! `docs/reference/permissions.md`. `CAAS_WRITE=1` writes it anew; look at the
//! difference before it is committed.
//!
//! Seen to fail when users were let in to list users: the table had another
//! row. Before that it showed that a server which acts as a user could do what
//! is for servers, and that a stream outlived its token.

mod answers;
mod connections;
mod forged;
mod table;
mod wallet;

use testkit::World;

use crate::cast::Cast;
use crate::document::Document;
use crate::stored;

/// Two tenants on a server.
pub struct Stage {
    url: String,
    ours: Cast,
    theirs: Cast,
}

/// Fills the matrix, compares it, and prints its size.
pub async fn check(world: &World) {
    let document = Document(world.alice.api.get("/openapi.json").await.expect(200));
    let (ours, theirs) = tokio::join!(Cast::ours(&world.tenant), Cast::theirs(&world.other_tenant));
    let stage = Stage {
        url: world.caas.url(),
        ours,
        theirs,
    };
    let ending = connections::end_with_their_token(&stage.url, &stage.ours);
    let (wallet, ()) = tokio::join!(wallet::fill(world, &stage), ending);
    let operations = answers::plan(&document, &stage.ours).await;
    let before = stored::settled(world.caas.home()).await;
    let (useless, useful): (Vec<_>, Vec<_>) =
        wallet.iter().partition(|credential| credential.is_useless);
    let mut cells = answers::of(&operations, &useless, &stage).await;
    stored::assert_same(&before, &stored::everything(world.caas.home()).await);
    cells.extend(answers::of(&operations, &useful, &stage).await);
    cells.extend(connections::of(&stage.url, &wallet).await);
    table::compare(&wallet, &cells);
    println!(
        "credential matrix on {}: {} operations and 2 connections, {} credentials, {} cells",
        world.combination,
        operations.len(),
        wallet.len(),
        cells.len(),
    );
}
