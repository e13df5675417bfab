store::collection! {
    /// Something that somebody asked.
    pub struct Request: TenantData "requests" {
        /// Who asked.
        principal: String,
    }
    indexes {
        by_principal: None [principal];
    }
}

fn main() {}
