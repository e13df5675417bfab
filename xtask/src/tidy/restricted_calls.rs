//! Calls that only some modules may make. The compiler detects a missing tenant;
//! these rules detect a wrong one.

use super::source::{Tree, production};

/// Call and the only files or directories that may contain it.
struct RestrictedCall {
    call: &'static str,
    why: &'static str,
    allowed: &'static [&'static str],
}

const DUE: &str = "only jobs may read the due documents of a whole partition";

const CALLS: &[RestrictedCall] = &[
    RestrictedCall {
        call: "store.tenant(",
        why: "only auth and jobs may create a tenant handle",
        allowed: &["crates/domain/src/auth/", "crates/server/src/jobs/"],
    },
    RestrictedCall {
        call: ".due(",
        why: DUE,
        allowed: &["crates/store/", "crates/server/src/jobs/"],
    },
    RestrictedCall {
        call: ".due::<",
        why: DUE,
        allowed: &["crates/server/src/jobs/"],
    },
    RestrictedCall {
        call: ".expired::<",
        why: DUE,
        allowed: &["crates/server/src/jobs/"],
    },
    RestrictedCall {
        call: ".sweep(",
        why: DUE,
        allowed: &["crates/server/src/jobs/"],
    },
];

/// Returns restricted calls in other files.
pub fn check(tree: &Tree) -> Vec<String> {
    let files = tree
        .production()
        .filter(|(path, _)| !path.starts_with("xtask/") && !path.starts_with("crates/bench/"));
    files
        .flat_map(|(path, text)| CALLS.iter().flat_map(move |call| call.check(path, text)))
        .collect()
}

impl RestrictedCall {
    fn check(&self, path: &str, text: &str) -> Vec<String> {
        if self.allowed.iter().any(|prefix| path.starts_with(prefix)) {
            return Vec::new();
        }
        let calls = production(text).filter(|(_, line)| line.contains(self.call));
        calls
            .map(|(line, _)| {
                format!(
                    "{path}:{line}: {} (`{}`, xtask/src/tidy/restricted_calls.rs)",
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
    fn tenant_handle_created_in_another_module_is_reported() {
        let tree = Tree::of(&[(
            "crates/domain/src/users/get.rs",
            "let tenant = store.tenant(id, isolation);\n",
        )]);
        assert!(
            check(&tree)[0]
                .starts_with("crates/domain/src/users/get.rs:1: only auth and jobs may create")
        );
    }

    #[test]
    fn tests_may_create_a_tenant_handle() {
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
    fn due_read_outside_jobs_is_reported() {
        let tree = Tree::of(&[(
            "crates/http/src/users/list.rs",
            "store.due::<User>(place, 10).await\n",
        )]);
        assert_eq!(check(&tree).len(), 1);
    }
}
