use crate::collection::{PlatformData, TenantAnalytics, TenantData, TenantEphemeral};
use crate::declaration::{Database, Durability};

/// Properties of a partition marker.
pub trait Marker {
    /// Database of its collections.
    const DATABASE: Database;
    /// Failure that an acknowledged write survives.
    const DURABILITY: Durability;
}

impl Marker for PlatformData {
    const DATABASE: Database = Database::Platform;
    const DURABILITY: Durability = Durability::Durable;
}

impl Marker for TenantData {
    const DATABASE: Database = Database::Tenant;
    const DURABILITY: Durability = Durability::Durable;
}

impl Marker for TenantEphemeral {
    const DATABASE: Database = Database::Tenant;
    const DURABILITY: Durability = Durability::Ephemeral;
}

impl Marker for TenantAnalytics {
    const DATABASE: Database = Database::Analytics;
    const DURABILITY: Durability = Durability::Durable;
}
