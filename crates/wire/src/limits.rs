use base::LIMITS;
use serde::Serialize;
use utoipa::ToSchema;

/// All limits of the product.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Limits {
    /// The limits.
    pub data: Vec<LimitEntry>,
}

/// One limit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LimitEntry {
    /// Stable name.
    pub name: String,
    /// Maximum allowed value.
    pub maximum: usize,
    /// Unit of the maximum.
    pub unit: &'static str,
    /// What the limit applies to.
    pub meaning: &'static str,
}

impl Limits {
    /// Returns all limits.
    #[must_use]
    pub fn all() -> Self {
        let entry = |limit: &base::Limit| LimitEntry {
            name: limit.name.to_ascii_lowercase(),
            maximum: limit.maximum,
            unit: limit.unit.name(),
            meaning: limit.meaning,
        };
        Self {
            data: LIMITS.iter().map(entry).collect(),
        }
    }
}
