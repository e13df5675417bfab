//! Idempotency keys: a repeated request returns the first result.

mod collections;

pub use collections::IdempotencyKey;

use base::{Error, ErrorCode, Id, ObjectId, Result, limit};
use store::{Batch, Collection, Declaration, Json, TenantData, TenantStore};

use crate::identity::User;

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[IdempotencyKey::DECLARATION];

/// A request with an idempotency key. Its record is written in the batch of its effect, so that
/// either both or neither exist. Of concurrent repeats one commits, and the others find its record.
/// An expired key can be used again once its record is removed.
#[derive(Clone, Debug)]
pub struct Attempt {
    principal: String,
    user: Option<Id<User>>,
    key: String,
    fingerprint: String,
}

/// The result of the first request with the key. The response is built from current data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// HTTP status of the response.
    pub status: i64,
    /// Ids of the created objects.
    pub results: Vec<ObjectId>,
}

impl Attempt {
    /// Creates the attempt of a principal (`AuthContext::principal`). The keyed fingerprint covers
    /// operation, path and body, which must be equal in a repeat.
    ///
    /// # Errors
    /// 400 if the key is not 1 to 255 printable ASCII characters.
    pub fn new(principal: String, key: &str, fingerprint: String) -> Result<Self> {
        if !(1..=limit::IDEMPOTENCY_KEY_LENGTH).contains(&key.len())
            || !key.bytes().all(|byte| (0x20..0x7f).contains(&byte))
        {
            let message = format!(
                "must be 1 to {} printable ASCII characters",
                limit::IDEMPOTENCY_KEY_LENGTH
            );
            return Err(Error::invalid("Idempotency-Key", message));
        }
        Ok(Self {
            principal,
            user: None,
            key: key.to_owned(),
            fingerprint,
        })
    }

    /// Sets the user of the request. The record is removed when they are erased.
    #[must_use]
    pub const fn of(mut self, user: Option<Id<User>>) -> Self {
        self.user = user;
        self
    }

    /// Returns the result of an earlier request with the key; `None` for the first.
    ///
    /// # Errors
    /// 409 `idempotency_key_reused` if the earlier request was a different one.
    pub async fn replay(&self, tenant: &TenantStore) -> Result<Option<Replay>> {
        let query = IdempotencyKey::by_idempotency_key
            .eq(IdempotencyKey::principal, self.principal.clone());
        let Some(earlier) = tenant
            .find(query.eq(IdempotencyKey::key, self.key.clone()))
            .await?
        else {
            return Ok(None);
        };
        if earlier.fingerprint != self.fingerprint {
            let message = "The Idempotency-Key was used with another request; use a new one.";
            return Err(Error::new(ErrorCode::IdempotencyKeyReused, message));
        }
        let results = earlier.results.0.iter().map(|id| id.object_id()).collect();
        Ok(Some(Replay {
            status: earlier.status,
            results,
        }))
    }

    /// Adds the record to the batch of the effect.
    pub fn record(&self, batch: &mut Batch<TenantData>, status: i64, results: &[ObjectId]) {
        let Self {
            principal,
            user: user_id,
            key,
            fingerprint,
        } = self.clone();
        let results = Json(results.iter().copied().map(Id::new).collect());
        let expires_at = batch
            .now()
            .plus_millis(limit::signed(limit::IDEMPOTENCY_SECONDS) * 1_000);
        batch.insert(IdempotencyKey {
            principal,
            user_id,
            key,
            fingerprint,
            status,
            results,
            expires_at,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    fn attempt(world: &World, key: &str, body: &[u8]) -> Attempt {
        Attempt::new(
            "user:1".to_owned(),
            key,
            world.key_ring.fingerprint(&[body]),
        )
        .unwrap()
    }

    async fn act(tenant: &TenantStore, attempt: &Attempt) -> Result<Replay> {
        if let Some(replay) = attempt.replay(tenant).await? {
            return Ok(replay);
        }
        let mut batch = tenant.batch();
        let made = tenant.context().new_object_id();
        attempt.record(&mut batch, 201, &[made]);
        match tenant.commit(batch).await {
            Ok(()) => Ok(Replay {
                status: 201,
                results: vec![made],
            }),
            Err(error) => attempt.replay(tenant).await?.ok_or_else(|| error.into()),
        }
    }

    #[tokio::test]
    async fn concurrent_equal_requests_take_effect_once() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let racers = (0..100).map(|_| {
            let acme = acme.clone();
            let attempt = attempt(&world, "k", b"{}");
            tokio::spawn(async move { act(&acme, &attempt).await.unwrap() })
        });
        let mut answers = Vec::new();
        for racer in racers.collect::<Vec<_>>() {
            answers.push(racer.await.unwrap());
        }
        answers.dedup();
        assert_eq!(answers.len(), 1);
    }

    #[tokio::test]
    async fn reused_key_with_different_body_is_rejected() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        act(&acme, &attempt(&world, "k", b"{}")).await.unwrap();
        let failure = act(&acme, &attempt(&world, "k", b"[]")).await.unwrap_err();
        assert_eq!(failure.code, ErrorCode::IdempotencyKeyReused);
    }

    #[tokio::test]
    async fn key_after_expiry_and_sweep_can_be_reused() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let first = act(&acme, &attempt(&world, "k", b"{}")).await.unwrap();
        world
            .clock
            .advance(limit::signed(limit::IDEMPOTENCY_SECONDS) * 1_000 + 1);
        assert!(
            act(&acme, &attempt(&world, "k", b"{}")).await.is_err(),
            "not swept yet"
        );
        let due = world
            .store
            .expired::<IdempotencyKey>(store::Partition::Shared, 10)
            .await
            .unwrap();
        let mut batch = acme.batch();
        due.into_iter().for_each(|(_, id)| batch.remove(id, true));
        acme.commit(batch).await.unwrap();
        assert_ne!(
            act(&acme, &attempt(&world, "k", b"[]")).await.unwrap(),
            first
        );
    }

    #[test]
    fn only_printable_keys_are_taken() {
        for bad in [
            "",
            "a\nb",
            "é",
            &"k".repeat(limit::IDEMPOTENCY_KEY_LENGTH + 1),
        ] {
            assert!(
                Attempt::new("user:1".to_owned(), bad, String::new()).is_err(),
                "{bad}"
            );
        }
    }
}
