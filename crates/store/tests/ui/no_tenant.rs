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

async fn misuse(store: store::Store) {
    let _ = store.list(Person::by_name.all()).await;
}

fn main() {}
