//! What belongs to no tenant.

mod health;
mod limits;
mod readiness;

use health::{__path_get_health, get_health};
use limits::{__path_get_limits, get_limits};
use readiness::{__path_get_readiness, get_readiness};

use crate::routes::{Routes, routes};

pub(crate) fn routes() -> Routes {
    routes![get_limits, get_health, get_readiness]
}
