//! Fields that are read from an index alone.

use base::Id;

use crate::fixtures::{append, entry, insert, member};
use crate::{Case, Entry, Member, User};
use store::{Seq, TenantStore};

async fn read(tenant: &TenantStore, person: Id<User>, limit: usize) -> Vec<(i64, Id<User>)> {
    let of_person = Member::by_person.eq(Member::person, person);
    let mut found = tenant
        .covered(of_person, (Member::read_seq, Member::person), limit)
        .await
        .unwrap();
    found.sort_unstable();
    found
}

/// Checks that the fields are of this tenant, within the query and its limit, and in the requested
/// order.
pub async fn fields_come_from_the_index(case: &Case<'_>) {
    let tenant = case.tenant();
    let [ada, bob] = [tenant.context().new_id(), tenant.context().new_id()];
    let has_read = |person, read_seq| Member {
        read_seq,
        ..member(tenant.context().new_id(), person)
    };
    for (read_seq, person) in [(1, ada), (2, bob), (3, ada), (4, ada)] {
        insert(&tenant, has_read(person, read_seq)).await;
    }
    insert(&case.stranger(), has_read(ada, 5)).await;
    assert_eq!(read(&tenant, ada, 10).await, [(1, ada), (3, ada), (4, ada)]);
    assert_eq!(read(&tenant, ada, 2).await.len(), 2);
    let some = Member::by_person
        .eq(Member::person, ada)
        .one_of(Member::read_seq, [4, 9, 1]);
    let mut some = tenant.covered(some, (Member::read_seq,), 10).await.unwrap();
    some.sort_unstable();
    assert_eq!(some, [(1,), (4,)]);
    let room = tenant.context().new_id();
    append(&tenant, entry(room, "first")).await.unwrap();
    let log = tenant
        .covered(Entry::by_seq.eq(Entry::room, room), (Entry::seq,), 10)
        .await
        .unwrap();
    assert_eq!(log, [(Seq::At(1),)]);
}

/// Checks that a query fails if the index alone cannot return its fields.
pub async fn what_the_keys_do_not_tell_is_refused(case: &Case<'_>) {
    let tenant = case.tenant();
    let person = tenant.context().new_id();
    let room = tenant.context().new_id();
    let of_person = || Member::by_person.eq(Member::person, person);
    assert!(
        tenant
            .covered(of_person(), (Member::role,), 10)
            .await
            .is_err(),
        "no field of the index"
    );
    let seats = Member::by_seat.eq(Member::room, room);
    assert!(
        tenant.covered(seats, (Member::seat,), 10).await.is_err(),
        "may be absent"
    );
    let team = User::by_team.eq(User::team, "team".to_owned());
    assert!(
        tenant.covered(team, (User::team,), 10).await.is_err(),
        "may be deleted"
    );
}
