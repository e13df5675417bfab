//! Beginning, showing, changing and deleting conversations.

mod create;
mod delete;
mod get;
mod list;
mod naming;
mod new;
mod update;
mod view;

pub(super) use create::of_two;
pub use create::{Created, create, create_once};
pub use delete::delete;
pub(super) use delete::delete_in;
pub use get::get;
pub use list::{ListPage, ListPosition, list};
pub use naming::require_naming;
pub use new::NewConversation;
pub(super) use new::capacity;
pub use update::{ConversationPatch, update};
pub use view::{ConversationView, MembershipView};
