//! What conversations need when one of their people is erased: others see
//! them go, counts stay right, and a conversation with nobody left goes too.

mod depart;
mod expire;
mod forget;
mod purge;
mod withdraw;

pub(crate) use depart::depart_some;
pub(crate) use expire::{Expired, old_records, wipe_old};
pub(crate) use forget::{Forgotten, forget};
pub(crate) use withdraw::withdraw;

/// Times that a step is tried against others.
const TRIES: usize = 5;
