use base::Id;
use store::{Changes, Column, Index, Json};

use super::{Dashboard, Notifications, PreferencesContent, Widgets};
use crate::users::{Companion, User};

store::string_enum! {
    /// How a client looks.
    pub enum Theme {
        /// Dark on light.
        Light = "light",
        /// Light on dark.
        Dark = "dark",
        /// As the device does.
        Auto = "auto",
    }
}

store::collection! {
    /// How a user wants to be served.
    pub struct Preferences: TenantData "preferences" {
        /// Whose they are.
        user_id: Id<User>,
        /// How clients look: `light`, `dark` or `auto`.
        theme: Theme,
        /// The language tag.
        language: Option<String>,
        /// What the user is told of, and where.
        notifications: Json<Notifications>,
        /// Which widgets the user sees, and how.
        widgets: Json<Widgets>,
        /// What the user sees first.
        dashboard: Json<Dashboard>,
    }
    indexes {
        /// Keeps a user to one set of preferences.
        by_user: Unique [user_id];
    }
    personal {
        user_id: purge by by_user;
    }
}

impl Companion for Preferences {
    const BY_USER: Index<Self> = Self::by_user;
    const USER: Column<Self, Id<User>> = Self::user_id;

    fn blank(user: Id<User>) -> Self {
        Self::with(user, PreferencesContent::default())
    }

    fn user(&self) -> Id<User> {
        self.user_id
    }

    fn difference(from: &Self, to: &Self) -> Changes<Self> {
        let mut changes = Changes::new();
        if from.language != to.language {
            changes = changes.put(Self::language, to.language.clone());
        }
        macro_rules! compare {
            ($($field:ident),+) => {
                $(if from.$field != to.$field { changes = changes.set(Self::$field, to.$field.clone()); })+
            };
        }
        compare!(theme, notifications, widgets, dashboard);
        changes
    }
}

impl Preferences {
    /// The preferences of a user.
    pub(crate) fn with(user_id: Id<User>, content: PreferencesContent) -> Self {
        let PreferencesContent {
            theme,
            language,
            notifications,
            widgets,
            dashboard,
        } = content;
        let notifications = Json(notifications);
        let widgets = Json(widgets);
        let dashboard = Json(dashboard);
        Self {
            user_id,
            theme,
            language,
            notifications,
            widgets,
            dashboard,
        }
    }

    /// What the user said.
    #[must_use]
    pub fn content(&self) -> PreferencesContent {
        let Self {
            theme,
            language,
            notifications,
            widgets,
            dashboard,
            ..
        } = self.clone();
        let notifications = notifications.0;
        let widgets = widgets.0;
        let dashboard = dashboard.0;
        PreferencesContent {
            theme,
            language,
            notifications,
            widgets,
            dashboard,
        }
    }
}
