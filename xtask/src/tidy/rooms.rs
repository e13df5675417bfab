//! Arrows between the rooms of the domain.

use super::source::{Tree, production};

const DOMAIN: &str = "crates/domain/src/";

/// Each room and the rooms that it may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("validation", &[]),
    // A key goes with the user who sent it.
    ("idempotency", &["identity"]),
    // What the logs of users stand on, and users on them: who is changed is told of it.
    ("identity", &[]),
    // Asked by every write that removes or overwrites content.
    ("holds", &[]),
    (
        "users",
        &["validation", "holds", "identity", "outbox", "user_log"],
    ),
    // Whatever happens is noted, so this room stands below those where it does.
    ("activities", &["validation", "idempotency", "users"]),
    ("settings", &["activities"]),
    ("key_ring", &[]),
    (
        "tenants",
        &["activities", "key_ring", "settings", "users", "validation"],
    ),
    (
        "auth",
        &[
            "activities",
            "key_ring",
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
            "outbox",
            "relationships",
            "settings",
            "user_log",
            "users",
        ],
    ),
    ("leases", &[]),
    ("analytics", &["validation", "users", "leases"]),
    // A task may be about a user, with whom it is erased.
    ("outbox", &["identity", "leases"]),
    ("user_log", &["identity", "outbox"]),
    ("retention", &["holds", "messaging", "users"]),
    // What the user had is counted of others and of the tenant, and counts change with it.
    (
        "erasure",
        &[
            "analytics",
            "holds",
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
    ("export", &["users"]),
    ("devices", &["validation", "user_log", "users"]),
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

/// Names every arrow that is not in the table, and every room that is not.
pub fn check(tree: &Tree) -> Vec<String> {
    let files: Vec<_> = tree
        .production()
        .filter_map(|(path, text)| {
            Some((path, path.strip_prefix(DOMAIN)?.split_once('/')?.0, text))
        })
        .collect();
    let rooms: Vec<&str> = files.iter().map(|(_, room, _)| *room).collect();
    let mut broken: Vec<_> = circle(ARROWS).into_iter().collect();
    for (path, room, text) in files {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == room) else {
            broken.push(format!(
                "{path}: the room {room} is not in xtask/src/tidy/rooms.rs"
            ));
            continue;
        };
        for (line, used) in
            production(text).flat_map(|(line, text)| used(text).map(move |used| (line, used)))
        {
            if used != room && rooms.contains(&used) && !allowed.contains(&used) {
                broken.push(format!(
                    "{path}:{line}: the room {room} must not use {used}"
                ));
            }
        }
    }
    broken
}

/// Says which rooms use each other in a circle, those in between included.
fn circle(arrows: &[(&str, &[&str])]) -> Option<String> {
    let mut left = arrows.to_vec();
    loop {
        let before = left.clone();
        // Who uses none of them is not in a circle, nor is who is used by none.
        let used = |room: &str| before.iter().any(|(_, uses)| uses.contains(&room));
        let uses = |uses: &[&str]| before.iter().any(|(room, _)| uses.contains(room));
        left.retain(|(room, theirs)| used(room) && uses(theirs));
        if left.len() == before.len() {
            break;
        }
    }
    let rooms: Vec<&str> = left.iter().map(|(room, _)| *room).collect();
    (!rooms.is_empty()).then(|| {
        format!(
            "xtask/src/tidy/rooms.rs: these use each other: {}",
            rooms.join(", ")
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
    fn an_arrow_of_the_table_is_fine() {
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
    fn an_arrow_against_the_table_is_named_with_its_line() {
        let tree = Tree::of(&[
            (
                "crates/domain/src/users/upsert.rs",
                "\nfn f() { crate::messaging::send() }\n",
            ),
            ("crates/domain/src/messaging/send.rs", ""),
        ]);
        assert_eq!(
            check(&tree),
            ["crates/domain/src/users/upsert.rs:2: the room users must not use messaging"]
        );
    }

    #[test]
    fn a_room_outside_the_table_is_named() {
        assert_eq!(
            check(&Tree::of(&[("crates/domain/src/pantry/mod.rs", "")])).len(),
            1
        );
    }

    #[test]
    fn a_circle_in_the_table_is_named() {
        let arrows: &[(&str, &[&str])] = &[
            ("base", &[]),
            ("log", &["box", "base"]),
            ("box", &["people"]),
            ("people", &["log"]),
            ("top", &["people"]),
        ];
        assert_eq!(
            circle(arrows).as_deref(),
            Some("xtask/src/tidy/rooms.rs: these use each other: log, box, people")
        );
        assert_eq!(circle(&arrows[..3]), None);
    }
}
