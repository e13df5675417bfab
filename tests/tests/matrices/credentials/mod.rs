//! Every operation with every kind of credential, against the committed table
//! `docs/reference/permissions.md`. `CAAS_WRITE=1` rewrites it; look at the
//! difference before it is committed.
//!
//! Seen to fail when users were let in to list users: the table had another
//! row. Before that it showed that a server which acts as a user could do what
//! is for servers, and that a stream outlived its token.

mod answers;
mod connections;
mod credential;
mod forged;
mod table;

use testkit::World;

use crate::coverage::Coverage;
use crate::document::Document;
use crate::stored;
use crate::tenant_fixture::TenantFixture;

/// Two tenants on a server.
pub struct Fixture {
    url: String,
    ours: TenantFixture,
    theirs: TenantFixture,
}

/// Fills the matrix, compares it, and prints its size.
pub async fn check(world: &World) {
    let document = Document(world.alice.api.get("/openapi.json").await.expect(200));
    let coverage = Coverage::of(world.config);
    let (ours, theirs) = tokio::join!(
        TenantFixture::ours(&world.tenant),
        TenantFixture::theirs(&world.other_tenant)
    );
    let fixture = Fixture {
        url: world.server.url(),
        ours,
        theirs,
    };
    let ending = connections::end_with_their_token(&fixture.url, &fixture.ours);
    let (credentials, ()) = tokio::join!(credential::create_all(world, &fixture), ending);
    let operations = answers::plan(&document, &fixture.ours, coverage).await;
    let before = stored::settled(world.server.data_dir()).await;
    let (invalid, valid): (Vec<_>, Vec<_>) = credentials
        .iter()
        .partition(|credential| credential.is_invalid);
    let mut cells = answers::of(&operations, &invalid, &fixture).await;
    stored::assert_same(&before, &stored::everything(world.server.data_dir()).await);
    answers::create_own_resources(&operations, &fixture.ours).await;
    cells.extend(answers::of(&operations, &valid, &fixture).await);
    cells.extend(connections::of(&fixture.url, &credentials).await);
    table::compare(&credentials, &cells, coverage);
    println!(
        "credential matrix on {}: {} operations and 2 connections, {} credentials, {} cells",
        world.config,
        operations.len(),
        credentials.len(),
        cells.len(),
    );
}
