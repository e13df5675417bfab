async fn misuse(tenant: store::TenantStore, platform: store::PlatformStore) {
    let _ = tenant.commit(platform.batch()).await;
}

fn main() {}
