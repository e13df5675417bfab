use base::{Direction, Error, Id, PageSize, Result};
use clap::Args;
use domain::tenants::{Tenant, get_tenant, list_tenants};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Entity, Position, Value};

use crate::command::{Answer, Desk, named, show};

/// `caas tenant list`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct List {
    /// Tenants of one page, 1 to 100.
    #[arg(long, default_value_t = 100)]
    limit: usize,
    /// The last tenant of the page before.
    #[arg(long, value_name = "TENANT")]
    after: Option<String>,
}

impl List {
    pub(super) async fn run(self, desk: &Desk) -> Result<Answer> {
        let platform = desk.store.platform();
        let size =
            PageSize::new(self.limit).ok_or_else(|| Error::invalid("limit", "must be 1 to 100"))?;
        let after = match self.after {
            Some(text) => Some(position(
                &get_tenant(&platform, named::tenant(&text)?).await?,
            )),
            None => None,
        };
        let page = list_tenants(&platform, size, Direction::Forward, after).await?;
        let data: Vec<Answer> = page.items.iter().map(show::tenant).collect();
        Ok(json!({"data": data, "has_more": page.next.is_some()}))
    }
}

/// Where a tenant stands in the list.
fn position(client: &Entity<Tenant>) -> Position {
    let id: Id<Tenant> = client.id;
    Position {
        rest: vec![Some(Value::Time(client.created_at))],
        id: id.object_id(),
    }
}
