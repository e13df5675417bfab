//! Layers: the dependencies that each crate may have.

use crate::workspace::Package;

/// Each package and the packages of the workspace that its production code may use.
const LAYERS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("store", &["base"]),
    ("outbound", &["base"]),
    ("media-storage", &["base", "outbound"]),
    ("store-conformance", &["base", "store"]),
    ("store-sqlite", &["base", "store"]),
    ("store-mongo", &["base", "store"]),
    ("media", &["base"]),
    ("domain", &["base", "store", "media"]),
    ("wire", &["base", "store", "domain"]),
    ("realtime", &["base", "store", "domain", "wire"]),
    // The WebSocket upgrade request is an endpoint.
    ("http-api", &["base", "store", "domain", "wire", "realtime"]),
    (
        "server",
        &[
            "base",
            "store",
            "store-sqlite",
            "store-mongo",
            "media",
            "domain",
            "wire",
            "realtime",
            "http-api",
            "media-storage",
            "outbound",
        ],
    ),
    ("testkit", &["base"]),
    ("bench", &["base", "testkit"]),
    ("stories", &["base", "testkit"]),
    ("xtask", &[]),
];

/// Database drivers and HTTP frameworks, and the packages that may use them.
const DRIVERS: &[(&str, &[&str])] = &[
    ("rusqlite", &["store-sqlite", "bench"]),
    ("mongodb", &["store-mongo", "testkit", "bench"]),
    ("bson", &["store-mongo", "bench"]),
    ("reqwest", &["outbound", "testkit"]),
    (
        "axum",
        &["realtime", "http-api", "server", "bench", "testkit"],
    ),
];

/// Returns dependencies that are not allowed, and packages without a layer.
pub fn check(packages: &[Package]) -> Vec<String> {
    packages.iter().flat_map(of_package).collect()
}

fn of_package(package: &Package) -> Vec<String> {
    let Some((name, below)) = LAYERS.iter().find(|(name, _)| *name == package.name) else {
        return vec![format!(
            "{}: has no layer; add it to xtask/src/tidy/layers.rs",
            package.name
        )];
    };
    let used = package.dependencies.iter().map(String::as_str);
    used.filter(|used| !allowed(name, below, used))
        .map(|used| format!("{name}: must not use {used} (ARCHITECTURE.md, layers)"))
        .collect()
}

fn allowed(package: &str, below: &[&str], used: &str) -> bool {
    let is_ours = LAYERS.iter().any(|(name, _)| *name == used);
    let driver = DRIVERS.iter().find(|(driver, _)| *driver == used);
    (!is_ours || below.contains(&used)) && driver.is_none_or(|(_, users)| users.contains(&package))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[&str]) -> Package {
        let dependencies = dependencies.iter().map(|&name| name.to_owned()).collect();
        Package {
            name: name.to_owned(),
            folder: String::new(),
            dependencies,
            crates: Vec::new(),
        }
    }

    #[test]
    fn allowed_dependency_passes() {
        assert!(check(&[package("domain", &["base", "store", "serde"])]).is_empty());
    }

    #[test]
    fn dependency_on_a_higher_layer_is_reported() {
        assert_eq!(
            check(&[package("store", &["base", "domain"])]),
            ["store: must not use domain (ARCHITECTURE.md, layers)"]
        );
    }

    #[test]
    fn driver_outside_its_engine_is_reported() {
        assert_eq!(check(&[package("domain", &["mongodb"])]).len(), 1);
        assert_eq!(check(&[package("domain", &["axum"])]).len(), 1);
    }

    #[test]
    fn package_without_a_layer_is_reported() {
        assert_eq!(check(&[package("helpers", &[])]).len(), 1);
    }
}
