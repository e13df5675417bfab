store::collection! {
    /// A tenant's.
    pub struct Person: TenantData "people" {
        /// The port's.
        tenant_id: String,
        /// Its name.
        name: String,
    }
    indexes {
        by_name: None [name];
    }
    personal: none("nobody is erased here");
}

fn main() {}
