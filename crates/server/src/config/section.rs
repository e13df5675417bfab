use serde_json::Value;

/// One section of the configuration as its documentation shows it.
#[derive(Debug)]
pub struct Section {
    /// The name in brackets in the file.
    pub name: &'static str,
    /// What it is about, in sentences.
    pub about: &'static str,
    /// Its keys.
    pub keys: Vec<Key>,
}

/// One key of a section.
#[derive(Debug)]
pub struct Key {
    /// The name in the file.
    pub name: &'static str,
    /// The environment variable that beats the file.
    pub env: &'static str,
    /// What it means, in sentences.
    pub meaning: &'static str,
    /// What holds when nobody says otherwise; null when that is nothing.
    pub default: Value,
}

/// Declares a section: the struct, its defaults and its documentation.
macro_rules! section {
    ($(#[doc = $about:literal])+ $Section:ident $name:literal {
        $($(#[doc = $meaning:literal])+ $key:ident: $type:ty = $default:expr, $env:literal;)+
    }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $Section { $($(#[doc = $meaning])+ pub $key: $type,)+ }

        impl Default for $Section {
            fn default() -> Self {
                Self { $($key: $default),+ }
            }
        }

        impl $Section {
            /// The section as its documentation shows it.
            pub fn section() -> Section {
                let defaults = serde_json::to_value(Self::default()).unwrap_or_default();
                let keys = vec![$(Key {
                    name: stringify!($key),
                    env: $env,
                    meaning: concat!($($meaning),+).trim_ascii(),
                    default: defaults.get(stringify!($key)).cloned().unwrap_or_default(),
                }),+];
                Section { name: $name, about: concat!($($about),+).trim_ascii(), keys }
            }
        }
    };
}

pub(super) use section;
