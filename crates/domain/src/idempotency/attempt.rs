use base::{Error, ErrorCode, Id, ObjectId, Result, limit};
use store::{Batch, Json, TenantData, TenantStore};

use super::IdempotencyKey;
use crate::identity::User;

/// One request under an idempotency key. The record of it is written in the
/// batch of its effect, so the two stand or fall together: of racing repeats
/// one writes, and the others meet its record. A key whose day is over is free
/// once its record is swept.
#[derive(Clone, Debug)]
pub struct Attempt {
    principal: String,
    user: Option<Id<User>>,
    key: String,
    fingerprint: String,
}

/// What the first request under the key did. Its answer is read anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// The status it was answered with.
    pub status: i64,
    /// The ids of what it made.
    pub results: Vec<ObjectId>,
}

impl Attempt {
    /// A request of this principal (`AuthContext::principal`) under this key; the
    /// keyed fingerprint covers what must be equal in a repeat: operation,
    /// path and body.
    ///
    /// # Errors
    /// 400 when the key is not 1 to 255 printable ASCII characters.
    pub fn new(principal: String, key: &str, fingerprint: String) -> Result<Self> {
        if !(1..=limit::IDEMPOTENCY_KEY_LENGTH).contains(&key.len())
            || !key.bytes().all(|byte| (0x20..0x7f).contains(&byte))
        {
            let told = format!(
                "must be 1 to {} printable ASCII characters",
                limit::IDEMPOTENCY_KEY_LENGTH
            );
            return Err(Error::invalid("Idempotency-Key", told));
        }
        Ok(Self {
            principal,
            user: None,
            key: key.to_owned(),
            fingerprint,
        })
    }

    /// The request is this user's, with whom what is kept of it is erased.
    #[must_use]
    pub const fn of(mut self, user: Option<Id<User>>) -> Self {
        self.user = user;
        self
    }

    /// What an earlier request under the key did; `None` when this is the first.
    ///
    /// # Errors
    /// 409 `idempotency_key_reused` when the earlier one was another request.
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
            let told = "The Idempotency-Key was used with another request; use a new one.";
            return Err(Error::new(ErrorCode::IdempotencyKeyReused, told));
        }
        let results = earlier.results.0.iter().map(|id| id.object_id()).collect();
        Ok(Some(Replay {
            status: earlier.status,
            results,
        }))
    }

    /// Writes down, in the batch of the effect, how the request is answered.
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
    async fn a_hundred_equal_requests_do_their_work_once() {
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
    async fn another_body_under_the_same_key_is_refused() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        act(&acme, &attempt(&world, "k", b"{}")).await.unwrap();
        let failure = act(&acme, &attempt(&world, "k", b"[]")).await.unwrap_err();
        assert_eq!(failure.code, ErrorCode::IdempotencyKeyReused);
    }

    #[tokio::test]
    async fn after_a_day_and_a_sweep_the_key_is_free() {
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
