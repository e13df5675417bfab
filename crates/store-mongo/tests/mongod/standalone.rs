use store_conformance::catalogue;
use store_mongo::{ConnectError, MongoEngine, Options};
use testkit::mongod::{ReplicaSet, Setup};

#[tokio::test]
async fn a_standalone_is_refused_with_what_to_do() {
    let setup = Setup {
        replicated: false,
        ..Setup::default()
    };
    let server = ReplicaSet::with(1, setup).await.unwrap();
    let refused = MongoEngine::connect(Options::new(server.uri(), catalogue()))
        .await
        .unwrap_err();
    assert!(matches!(refused, ConnectError::Standalone));
    assert!(refused.to_string().contains("rs.initiate()"), "{refused}");
}
