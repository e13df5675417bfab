use base::{Result, limit};
use store::{Entity, Store};

use super::provision::provision;
use super::{Tenant, TenantStatus, Tier};
use crate::validation::{self, ValidationErrors};

/// A tenant to be.
#[derive(Clone, Debug)]
pub struct NewTenant {
    /// What the operator calls it.
    pub name: String,
    /// What the operator notes about it.
    pub description: Option<String>,
    /// The plan it is billed by; the tier's name when absent.
    pub plan: Option<String>,
    /// What it pays for.
    pub tier: Tier,
}

/// Makes a tenant and its place. Cut short, it stands as `provisioning` until
/// [`finish_provisioning`](super::finish_provisioning) is run.
///
/// # Errors
/// 400 with the wrong places, 503 when the place cannot be made now.
pub async fn create_tenant(store: &Store, new: NewTenant) -> Result<Entity<Tenant>> {
    let NewTenant {
        name,
        description,
        plan,
        tier,
    } = new;
    let plan = plan.unwrap_or_else(|| tier.as_str().to_owned());
    let mut faults = ValidationErrors::default();
    faults.note(validation::name("/name", &name))?;
    faults.note(validation::name("/plan", &plan))?;
    if let Some(description) = &description {
        faults.note(validation::text(
            "/description",
            description,
            limit::DESCRIPTION_LENGTH,
        ))?;
    }
    faults.done()?;
    let platform = store.platform();
    let mut batch = platform.batch();
    let client = batch.insert(Tenant {
        name,
        description,
        plan,
        status: TenantStatus::Provisioning,
        tier,
    });
    platform.commit(batch).await?;
    provision(store, &client).await
}

#[cfg(test)]
mod tests {
    use base::{Direction, PageSize};

    use super::*;
    use crate::tenants::list_tenants;
    use crate::world::World;

    fn new(name: &str, tier: Tier) -> NewTenant {
        NewTenant {
            name: name.to_owned(),
            description: None,
            plan: None,
            tier,
        }
    }

    #[tokio::test]
    async fn a_tenant_of_any_tier_is_active_and_billed_by_its_tier() {
        let world = World::new();
        for &tier in Tier::ALL {
            let client = create_tenant(&world.store, new("Acme", tier))
                .await
                .unwrap();
            assert_eq!(
                (client.status, client.plan.as_str()),
                (TenantStatus::Active, tier.as_str())
            );
        }
        let page = list_tenants(
            &world.store.platform(),
            PageSize::MAX,
            Direction::Forward,
            None,
        )
        .await
        .unwrap();
        assert_eq!(
            page.items
                .iter()
                .map(|client| client.tier)
                .collect::<Vec<_>>(),
            Tier::ALL
        );
    }

    #[tokio::test]
    async fn wrong_fields_are_named_and_nothing_is_stored() {
        let world = World::new();
        let bad = NewTenant {
            plan: Some(" ".to_owned()),
            ..new("a\0b", Tier::Free)
        };
        let failure = create_tenant(&world.store, bad).await.unwrap_err();
        let pointers: Vec<_> = failure
            .faults
            .iter()
            .map(|fault| fault.pointer.as_ref())
            .collect();
        assert_eq!(pointers, ["/name", "/plan"]);
        let page = list_tenants(
            &world.store.platform(),
            PageSize::MAX,
            Direction::Forward,
            None,
        )
        .await
        .unwrap();
        assert!(page.items.is_empty());
    }
}
