//! What happens in a tenant's product, told and counted.

mod count;
mod export;
mod list;
mod metrics;
mod record;
mod record_batch;
mod span;

use count::{__path_count_events, count_events};
use export::{__path_export_events, export_events};
use list::{__path_list_events, list_events};
use metrics::{__path_list_metrics, list_metrics};
use record::{__path_record_event, record_event};
use record_batch::{__path_record_events, record_events};

use crate::routes::{Routes, routes};

pub(crate) fn routes() -> Routes {
    routes![
        list_events,
        record_event,
        record_events,
        export_events,
        count_events,
        list_metrics
    ]
}
