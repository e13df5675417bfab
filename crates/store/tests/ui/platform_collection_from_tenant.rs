store::collection! {
    /// Document of the operator.
    pub struct Plan: PlatformData "plans" {
        /// Display name.
        name: String,
    }
    indexes {
        by_name: None [name];
    }
    personal: none("nobody is erased here");
}

async fn misuse(tenant: store::TenantStore) {
    let _ = tenant.list(Plan::by_name.all()).await;
}

fn main() {}
