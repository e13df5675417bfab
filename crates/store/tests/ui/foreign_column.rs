store::collection! {
    /// Document of a tenant.
    pub struct Person: TenantData "people" {
        /// Display name.
        name: String,
    }
    indexes {
        by_name: None [name];
    }
    personal: none("nobody is erased here");
}

store::collection! {
    /// Other document of a tenant.
    pub struct Pet: TenantData "pets" {
        /// Display name.
        name: String,
    }
    indexes {
        by_name: None [name];
    }
    personal: none("nobody is erased here");
}

fn main() {
    let _ = Person::by_name.eq(Pet::name, "Rex".to_owned());
}
