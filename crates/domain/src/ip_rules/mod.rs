//! Rules about client addresses: blocked networks of the platform and of tenants, and allowed
//! networks of tenants, applications and API keys.

mod collections;
mod manage;
mod network_map;
mod rules;

use store::{Collection, Declaration};

pub use collections::{AllowedNetwork, BlockedNetwork};
pub use manage::{
    BlockScope, NewAllowedNetwork, NewBlock, RuleAuthor, allow_network, block_network,
    list_allowed_networks, list_blocks, remove_allowed_network, unblock_network,
};
pub(crate) use rules::IpRules;
pub use rules::is_rule;

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] =
    &[AllowedNetwork::DECLARATION, BlockedNetwork::DECLARATION];

/// Scope of the platform's blocks.
const PLATFORM: &str = "platform";
