//! Permission matrix: every operation with every kind of credential.
//!
//! The results are compared with the committed table `docs/reference/permissions.md`.
//! `CAAS_WRITE=1` rewrites it; review the difference before committing it.
//!
//! Verified to fail if users may list users. The matrix has found two bugs: a server acting as a
//! user could use server operations, and a stream continued after its token had expired.

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

/// Two tenants on one server.
pub struct Fixture {
    url: String,
    ours: TenantFixture,
    theirs: TenantFixture,
}

/// Runs the matrix, compares the results with the table, and prints their number.
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
