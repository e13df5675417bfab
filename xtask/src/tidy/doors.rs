//! Calls that belong to a few places: the compiler stops a forgotten tenant,
//! these rules stop a wrong one.

use super::source::{Tree, production};

/// A call and the only files, or folders, that may hold it.
struct Door {
    call: &'static str,
    why: &'static str,
    places: &'static [&'static str],
}

const DUE: &str = "only jobs read what is due in a whole place";

const DOORS: &[Door] = &[
    Door {
        call: "store.tenant(",
        why: "a tenant handle is minted at the door and in jobs only",
        places: &["crates/domain/src/auth/", "crates/server/src/jobs/"],
    },
    Door {
        call: ".due(",
        why: DUE,
        places: &["crates/store/", "crates/server/src/jobs/"],
    },
    Door {
        call: ".due::<",
        why: DUE,
        places: &["crates/server/src/jobs/"],
    },
    Door {
        call: ".expired::<",
        why: DUE,
        places: &["crates/server/src/jobs/"],
    },
    Door {
        call: ".sweep(",
        why: DUE,
        places: &["crates/server/src/jobs/"],
    },
];

/// Names every such call elsewhere.
pub fn check(tree: &Tree) -> Vec<String> {
    let files = tree
        .production()
        .filter(|(path, _)| !path.starts_with("xtask/") && !path.starts_with("crates/bench/"));
    files
        .flat_map(|(path, text)| DOORS.iter().flat_map(move |door| door.check(path, text)))
        .collect()
}

impl Door {
    fn check(&self, path: &str, text: &str) -> Vec<String> {
        if self.places.iter().any(|place| path.starts_with(place)) {
            return Vec::new();
        }
        let calls = production(text).filter(|(_, line)| line.contains(self.call));
        calls
            .map(|(line, _)| {
                format!(
                    "{path}:{line}: {} (`{}`, xtask/src/tidy/doors.rs)",
                    self.why, self.call
                )
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_minted_in_a_room_is_named() {
        let tree = Tree::of(&[(
            "crates/domain/src/users/get.rs",
            "let tenant = store.tenant(id, isolation);\n",
        )]);
        assert!(
            check(&tree)[0]
                .starts_with("crates/domain/src/users/get.rs:1: a tenant handle is minted")
        );
    }

    #[test]
    fn tests_may_mint_and_production_may_ask_whose_a_scope_is() {
        let tree = Tree::of(&[
            (
                "crates/domain/src/users/get.rs",
                "scope.tenant()\n#[cfg(test)]\nmod tests {\n    store.tenant(id, isolation);\n}\n",
            ),
            ("tests/tests/users.rs", "store.tenant(id, isolation);\n"),
        ]);
        assert!(check(&tree).is_empty());
    }

    #[test]
    fn a_sweep_outside_the_jobs_is_named() {
        let tree = Tree::of(&[(
            "crates/http/src/users/list.rs",
            "store.due::<User>(place, 10).await\n",
        )]);
        assert_eq!(check(&tree).len(), 1);
    }
}
