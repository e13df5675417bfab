use base::{Direction, Error, PageSize, Result, limit};
use store::{Page, Position, TenantStore};

use super::User;
use crate::validation;

/// A page of the tenant's users by the time they were created, or the one with an e-mail address,
/// in any case and form; one that could not be stored today is found, too.
///
/// # Errors
/// 400 for a text that is too long or was never an address, 503 when the store cannot answer.
pub async fn list(
    tenant: &TenantStore,
    email: Option<&str>,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<User>> {
    let query = match email {
        None => User::by_created.all(),
        Some(email) => {
            validation::text("email", email, limit::EMAIL_LENGTH)?;
            if !has_two_sides(email) {
                return Err(Error::invalid(
                    "email",
                    "must be an e-mail address such as ada@example.com",
                ));
            }
            let mut keys = validation::former_email_keys(email);
            keys.push(validation::email_key(email));
            User::by_email.all().one_of(User::email_key, keys)
        }
    };
    Ok(tenant
        .list(query.limit(size.get()).towards(direction).after(after))
        .await?)
}

/// Whether a text has the form that all addresses have, also those that earlier versions stored.
fn has_two_sides(email: &str) -> bool {
    email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    })
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
            let page = list(
                &acme,
                None,
                PageSize::new(2).unwrap(),
                Direction::Backward,
                after,
            )
            .await
            .unwrap();
            seen.extend(
                page.items
                    .iter()
                    .map(|user| user.external_id.clone().unwrap().to_string()),
            );
            let Some(next) = page.next else { break };
            after = Some(next);
        }
        assert_eq!(seen, ["user4", "user3", "user2", "user1", "user0"]);
    }
}
