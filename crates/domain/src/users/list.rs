use base::{Direction, PageSize, Result};
use store::{Page, Position, Tenant};

use super::User;

/// A page of the tenant's users by the time they were created.
///
/// # Errors
/// 503 when the store cannot answer.
pub async fn list(
    tenant: &Tenant,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<User>> {
    let query = User::by_created.all().limit(size.get()).towards(direction).after(after);
    Ok(tenant.list(query).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{World, person};

    #[tokio::test]
    async fn pages_follow_each_other_without_gap_or_overlap() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        for at in 0..5 {
            person(&acme, &format!("user{at}")).await;
        }
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = list(&acme, PageSize::new(2).unwrap(), Direction::Backward, after).await.unwrap();
            seen.extend(page.items.iter().map(|user| user.external_id.clone().unwrap().to_string()));
            let Some(next) = page.next else { break };
            after = Some(next);
        }
        assert_eq!(seen, ["user4", "user3", "user2", "user1", "user0"]);
    }
}
