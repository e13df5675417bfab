store::collection! {
    /// A tenant's.
    pub struct Person: TenantData "people" {
        /// Its name.
        name: String,
    }
    indexes {
        by_age: None [age];
    }
    personal: none("nobody is erased here");
}

fn main() {}
