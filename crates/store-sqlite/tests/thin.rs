//! One document and one log from end to end.

mod world;

use store::Appended;
use world::{Line, Person, World, line, person};

#[tokio::test]
async fn a_document_is_found_by_its_id_and_by_its_index() {
    let world = World::new();
    let store = world.store();
    let tenant = world.tenant(&store);
    let mut batch = tenant.batch();
    let anna = batch.insert(person("Anna"));
    tenant.commit(batch).await.unwrap();
    assert_eq!(tenant.get(anna.id).await.unwrap().unwrap().name, "Anna");
    let found = tenant.list(Person::by_name.eq(Person::name, "Anna".to_owned())).await.unwrap();
    assert_eq!(found.items.iter().map(|person| person.id).collect::<Vec<_>>(), [anna.id]);
}

#[tokio::test]
async fn records_are_numbered_without_holes() {
    let world = World::new();
    let store = world.store();
    let tenant = world.tenant(&store);
    let talk = world.context.new_id();
    for expected in 1..=3 {
        let Appended::New(stands) = tenant.append::<Line>(talk, line(&tenant, talk, None)).await.unwrap() else {
            panic!("it is new");
        };
        assert_eq!(stands.seq, expected);
    }
    let again = world.store();
    let heads = again.tenant(tenant.id(), store::Isolation::Shared).heads::<Line>(&[talk]).await.unwrap();
    assert_eq!(heads.iter().map(|head| head.seq).collect::<Vec<_>>(), [3]);
}
