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
    /// The operator's.
    pub struct Plan: PlatformData "plans" {
        /// Its name.
        name: String,
    }
    indexes {
        by_name: None [name];
    }
    personal: none("nobody is erased here");
}

store::collection! {
    /// A tenant's, and ephemeral.
    pub struct Typing: TenantEphemeral "typing" {
        /// Who types.
        name: String,
    }
    indexes {
        by_name: None [name];
    }
    personal: none("nobody is erased here");
}

store::collection! {
    /// A tenant's, counted beside its place.
    pub struct Visit: TenantAnalytics "visits" {
        /// What was visited.
        name: String,
    }
    indexes {
        by_name: None [name];
    }
    personal: none("nobody is erased here");
}

fn misuse(tenant: &store::TenantStore) {
    let mut batch = tenant.batch();
    batch.insert(Person { name: "Ada".to_owned() });
    batch.insert(Plan { name: "pro".to_owned() });
    batch.insert(Typing { name: "Ada".to_owned() });
    batch.insert(Visit { name: "/".to_owned() });
}

fn main() {}
