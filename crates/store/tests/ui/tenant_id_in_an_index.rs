store::collection! {
    /// A tenant's.
    pub struct Person: TenantData "people" {
        /// Its name.
        name: String,
    }
    indexes {
        by_name: None [tenant_id, name];
    }
    personal: none("nobody is erased here");
}

fn main() {}
