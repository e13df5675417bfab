//! Dependencies between the modules of the domain.

use super::source::{Tree, production};

const DOMAIN: &str = "crates/domain/src/";

/// Each module and the modules that it may use.
const ALLOWED: &[(&str, &[&str])] = &[
    ("validation", &[]),
    // The keys of a user are erased with the user.
    ("idempotency", &["identity"]),
    // Below both users and their logs, which depend on each other's changes.
    ("identity", &[]),
    // Checked by every write that removes or overwrites content.
    ("holds", &[]),
    (
        "users",
        &[
            "validation",
            "holds",
            "identity",
            "media",
            "outbox",
            "user_log",
        ],
    ),
    // Below users and messages, which hold files.
    (
        "media",
        &["holds", "identity", "key_ring", "leases", "validation"],
    ),
    (
        "file_processing",
        &["holds", "identity", "media", "messaging", "settings"],
    ),
    // Modules above record activities.
    ("activities", &["validation", "idempotency", "users"]),
    ("settings", &["activities", "media", "validation"]),
    ("key_ring", &[]),
    (
        "tenants",
        &["activities", "key_ring", "settings", "users", "validation"],
    ),
    (
        "admins",
        &[
            "audit",
            "key_ring",
            "networks",
            "password",
            "tenants",
            "validation",
        ],
    ),
    ("audit", &["tenants"]),
    ("ip_rules", &["networks", "tenants", "validation"]),
    ("networks", &[]),
    ("password", &[]),
    (
        "auth",
        &[
            "activities",
            "ip_rules",
            "key_ring",
            "sessions",
            "settings",
            "tenants",
            "users",
            "validation",
        ],
    ),
    (
        "messaging",
        &[
            "activities",
            "validation",
            "holds",
            "idempotency",
            "leases",
            "media",
            "outbox",
            "relationships",
            "settings",
            "user_log",
            "users",
        ],
    ),
    (
        "sessions",
        &[
            "activities",
            "identity",
            "key_ring",
            "tenants",
            "user_log",
            "users",
            "validation",
        ],
    ),
    ("mail", &["identity", "key_ring", "outbox", "tenants"]),
    (
        "sign_in",
        &[
            "activities",
            "auth",
            "identity",
            "key_ring",
            "mail",
            "outbox",
            "sessions",
            "settings",
            "tenants",
            "user_log",
            "users",
            "validation",
        ],
    ),
    // Above messages, which platforms receive and send.
    (
        "integrations",
        &[
            "key_ring",
            "leases",
            "media",
            "messaging",
            "settings",
            "users",
            "validation",
        ],
    ),
    ("support", &["leases", "messaging", "users", "validation"]),
    ("leases", &[]),
    ("installation", &[]),
    ("analytics", &["validation", "users", "leases"]),
    // Tasks that refer to a user are erased with the user.
    ("outbox", &["identity", "leases"]),
    ("user_log", &["identity", "outbox"]),
    ("retention", &["holds", "messaging", "users"]),
    // Erasure updates the counts of other users and of the tenant.
    (
        "erasure",
        &[
            "analytics",
            "file_processing",
            "holds",
            "media",
            "messaging",
            "relationships",
            "retention",
            "users",
        ],
    ),
    (
        "preferences",
        &["activities", "validation", "user_log", "users"],
    ),
    ("quotas", &["identity"]),
    ("app_data", &["activities", "quotas", "user_log", "users"]),
    ("export", &["media", "users"]),
    ("devices", &["sessions", "validation", "user_log", "users"]),
    (
        "relationships",
        &[
            "activities",
            "validation",
            "outbox",
            "quotas",
            "user_log",
            "users",
        ],
    ),
];

/// Returns dependencies and modules that are not in the table.
pub fn check(tree: &Tree) -> Vec<String> {
    let files: Vec<_> = tree
        .production()
        .filter_map(|(path, text)| {
            Some((path, path.strip_prefix(DOMAIN)?.split_once('/')?.0, text))
        })
        .collect();
    let modules: Vec<&str> = files.iter().map(|(_, module, _)| *module).collect();
    let mut broken: Vec<_> = cycle(ALLOWED).into_iter().collect();
    for (path, module, text) in files {
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == module) else {
            broken.push(format!(
                "{path}: the module {module} is not in xtask/src/tidy/module_deps.rs"
            ));
            continue;
        };
        for (line, used) in
            production(text).flat_map(|(line, text)| used(text).map(move |used| (line, used)))
        {
            if used != module && modules.contains(&used) && !allowed.contains(&used) {
                broken.push(format!(
                    "{path}:{line}: the module {module} must not use {used}"
                ));
            }
        }
    }
    broken
}

/// Returns the modules that are on, or between, dependency cycles.
fn cycle(table: &[(&str, &[&str])]) -> Option<String> {
    let mut left = table.to_vec();
    loop {
        let before = left.clone();
        // A module that uses none of the others, or is used by none, is not on a cycle.
        let used = |module: &str| before.iter().any(|(_, uses)| uses.contains(&module));
        let uses = |uses: &[&str]| before.iter().any(|(module, _)| uses.contains(module));
        left.retain(|(module, theirs)| used(module) && uses(theirs));
        if left.len() == before.len() {
            break;
        }
    }
    let modules: Vec<&str> = left.iter().map(|(module, _)| *module).collect();
    (!modules.is_empty()).then(|| {
        format!(
            "xtask/src/tidy/module_deps.rs: dependency cycle: {}",
            modules.join(", ")
        )
    })
}

fn used(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("crate::").filter_map(|(at, word)| {
        let rest = &line[at + word.len()..];
        rest.split(|character: char| !character.is_alphanumeric() && character != '_')
            .next()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowed_dependency_passes() {
        let tree = Tree::of(&[
            (
                "crates/domain/src/messaging/send.rs",
                "use crate::users::User;\nuse crate::actor::Actor;\n",
            ),
            ("crates/domain/src/users/mod.rs", ""),
        ]);
        assert!(check(&tree).is_empty());
    }

    #[test]
    fn forbidden_dependency_is_reported_with_its_line() {
        let tree = Tree::of(&[
            (
                "crates/domain/src/users/upsert.rs",
                "\nfn f() { crate::messaging::send() }\n",
            ),
            ("crates/domain/src/messaging/send.rs", ""),
        ]);
        assert_eq!(
            check(&tree),
            ["crates/domain/src/users/upsert.rs:2: the module users must not use messaging"]
        );
    }

    #[test]
    fn module_outside_the_table_is_reported() {
        assert_eq!(
            check(&Tree::of(&[("crates/domain/src/pantry/mod.rs", "")])).len(),
            1
        );
    }

    #[test]
    fn cycle_in_the_table_is_reported() {
        let table: &[(&str, &[&str])] = &[
            ("base", &[]),
            ("log", &["box", "base"]),
            ("box", &["people"]),
            ("people", &["log"]),
            ("top", &["people"]),
        ];
        assert_eq!(
            cycle(table).as_deref(),
            Some("xtask/src/tidy/module_deps.rs: dependency cycle: log, box, people")
        );
        assert_eq!(cycle(&table[..3]), None);
    }
}
