store::collection! {
    /// A tenant's.
    pub struct Person: TenantData "people" {
        /// Its name.
        name: String,
    }
    indexes {
        by_name: None [name];
    }
    personal: none("nobody is erased here");
}

store::collection! {
    /// Another one of a tenant's.
    pub struct Pet: TenantData "pets" {
        /// Its name.
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
