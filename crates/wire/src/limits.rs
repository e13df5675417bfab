use base::LIMITS;
use serde::Serialize;
use utoipa::ToSchema;

/// Every bound of the product.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Limits {
    /// The bounds.
    pub data: Vec<LimitEntry>,
}

/// One bound of the product.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LimitEntry {
    /// The stable name.
    pub name: String,
    /// The largest value allowed.
    pub maximum: usize,
    /// What is counted.
    pub unit: &'static str,
    /// What it bounds.
    pub meaning: &'static str,
}

impl Limits {
    /// The table of limits.
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
