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

async fn misuse(platform: store::PlatformStore) {
    let _ = platform.list(Person::by_name.all()).await;
}

fn main() {}
