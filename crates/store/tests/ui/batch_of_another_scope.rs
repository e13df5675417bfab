async fn misuse(tenant: store::Tenant, platform: store::Platform) {
    let _ = tenant.commit(platform.batch()).await;
}

fn main() {}
