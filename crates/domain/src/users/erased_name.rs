use std::collections::HashMap;

use base::{ExternalId, Result, TenantId, Timestamp, limit};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use store::{Batch, Entity, TenantData, TenantStore};

store::collection! {
    /// That a user of this external id was erased, for as long as a token from
    /// before may live: it must not make the user anew.
    pub struct ErasedName: TenantData "erased_names" {
        /// A hash of the tenant and the external id.
        name_hash: String,
        /// Tokens issued until then are refused.
        erased_at: Timestamp,
        /// When no such token lives any more.
        expires_at: Timestamp,
    }
    expires: expires_at;
    indexes {
        /// Finds and keeps one for each name.
        by_name: Unique [name_hash];
    }
    personal: none("a hash tells nobody's name, and goes when no token needs it");
}

/// Remembers, once this batch stands, that a user of this name was erased.
pub(crate) fn remember_erased(
    tenant: TenantId,
    batch: &mut Batch<TenantData>,
    external_id: &ExternalId,
) {
    let erased_at = batch.now();
    let seconds = limit::signed(limit::USER_TOKEN_SECONDS + limit::CLOCK_SKEW_SECONDS);
    let expires_at = erased_at.plus_millis(seconds * 1_000);
    let erased = ErasedName {
        name_hash: hash(tenant, external_id),
        erased_at,
        expires_at,
    };
    batch.upsert(
        ErasedName::by_name,
        erased,
        &["erased_at", "expires_at"],
        &[],
    );
}

/// When a user of this name was erased, as long as it is remembered.
///
/// # Errors
/// When the store cannot answer.
pub(crate) async fn erased_at(
    tenant: &TenantStore,
    external_id: &ExternalId,
) -> Result<Option<Timestamp>> {
    let named = ErasedName::by_name.eq(ErasedName::name_hash, hash(tenant.id(), external_id));
    Ok(tenant.find(named).await?.map(|erased| erased.erased_at))
}

/// Returns when users of these names were erased, of those that are remembered.
///
/// # Errors
/// When the store cannot answer.
pub(super) async fn all_erased_at(
    tenant: &TenantStore,
    external_ids: &[&ExternalId],
) -> Result<HashMap<ExternalId, Timestamp>> {
    let hashes: HashMap<String, &ExternalId> = external_ids
        .iter()
        .map(|external_id| (hash(tenant.id(), external_id), *external_id))
        .collect();
    if hashes.is_empty() {
        return Ok(HashMap::new());
    }
    let query = ErasedName::by_name
        .all()
        .one_of(ErasedName::name_hash, hashes.keys().cloned())
        .limit(hashes.len());
    let found = tenant.list(query).await?.items;
    let named = |erased: Entity<ErasedName>| {
        let external_id = hashes.get(&erased.name_hash)?;
        Some(((*external_id).clone(), erased.erased_at))
    };
    Ok(found.into_iter().filter_map(named).collect())
}

fn hash(tenant: TenantId, external_id: &ExternalId) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{tenant}/{external_id}")))
}
