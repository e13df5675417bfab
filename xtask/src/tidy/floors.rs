//! Floors point down: which crate may use which.

use crate::workspace::Package;

/// Each package and the packages of the workspace that its production code may use.
const FLOORS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("store", &["base"]),
    ("store-sqlite", &["base", "store"]),
    ("store-mongo", &["base", "store"]),
    ("domain", &["base", "store"]),
    ("wire", &["base", "store", "domain"]),
    ("realtime", &["base", "store", "domain", "wire"]),
    // The upgrade request is an endpoint like the others.
    ("http-api", &["base", "store", "domain", "wire", "realtime"]),
    (
        "server",
        &[
            "base",
            "store",
            "store-sqlite",
            "store-mongo",
            "domain",
            "wire",
            "realtime",
            "http-api",
        ],
    ),
    ("testkit", &["base"]),
    ("bench", &["base", "testkit"]),
    ("stories", &["base", "testkit"]),
    ("xtask", &[]),
];

/// Crates that speak to a database or to clients, and the packages that may use them.
const DRIVERS: &[(&str, &[&str])] = &[
    ("rusqlite", &["store-sqlite", "bench"]),
    ("mongodb", &["store-mongo", "testkit", "bench"]),
    ("bson", &["store-mongo", "bench"]),
    ("axum", &["realtime", "http-api", "server", "bench"]),
];

/// Names every arrow that points up, and every package without a floor.
pub fn check(packages: &[Package]) -> Vec<String> {
    packages.iter().flat_map(of_package).collect()
}

fn of_package(package: &Package) -> Vec<String> {
    let Some((name, below)) = FLOORS.iter().find(|(name, _)| *name == package.name) else {
        return vec![format!(
            "{}: has no floor; give it one in xtask/src/tidy/floors.rs",
            package.name
        )];
    };
    let used = package.dependencies.iter().map(String::as_str);
    used.filter(|used| !allowed(name, below, used))
        .map(|used| format!("{name}: must not use {used} (ARCHITECTURE.md, floors)"))
        .collect()
}

fn allowed(package: &str, below: &[&str], used: &str) -> bool {
    let is_ours = FLOORS.iter().any(|(name, _)| *name == used);
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
    fn arrows_that_point_down_are_fine() {
        assert!(check(&[package("domain", &["base", "store", "serde"])]).is_empty());
    }

    #[test]
    fn an_arrow_that_points_up_is_named() {
        assert_eq!(
            check(&[package("store", &["base", "domain"])]),
            ["store: must not use domain (ARCHITECTURE.md, floors)"]
        );
    }

    #[test]
    fn a_driver_outside_its_engine_is_named() {
        assert_eq!(check(&[package("domain", &["mongodb"])]).len(), 1);
        assert_eq!(check(&[package("domain", &["axum"])]).len(), 1);
    }

    #[test]
    fn a_package_without_a_floor_is_named() {
        assert_eq!(check(&[package("helpers", &[])]).len(), 1);
    }
}
