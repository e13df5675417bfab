//! Lists of exceptions that may only shrink.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::source::Tree;
use crate::Result;

/// Violations of a rule in one file.
pub struct Count {
    /// Path of the file.
    pub path: String,
    /// Number of violations, possibly 0.
    pub found: usize,
    /// First violation.
    pub example: String,
}

/// Rule with a committed list of lines `path count` of allowed violations.
pub struct Ratchet {
    /// Path of the list.
    pub list: &'static str,
    /// Noun for the violations, for messages.
    pub what: &'static str,
    /// Counts the violations of every file.
    pub counts: fn(&Tree) -> Vec<Count>,
}

impl Ratchet {
    /// Returns files with more violations than listed, and entries of the list
    /// that are too high.
    pub fn check(&self, tree: &Tree) -> Vec<String> {
        let mut listed = self.listed(tree);
        let mut broken = Vec::new();
        for Count {
            path,
            found,
            example,
        } in (self.counts)(tree)
        {
            let allowed = listed.remove(&path).unwrap_or(0);
            if found > allowed {
                broken.push(format!(
                    "{path}: {found} {}, {allowed} allowed; first: {example}",
                    self.what
                ));
            } else if found < allowed {
                broken.push(format!(
                    "{path}: {found} {}, {allowed} listed: run `cargo xtask tidy --shrink`",
                    self.what
                ));
            }
        }
        let list = self.list;
        broken.extend(
            listed.into_keys().map(|path| {
                format!("{list}: {path} does not exist: run `cargo xtask tidy --shrink`")
            }),
        );
        broken
    }

    /// Rewrites the list with the current counts where they are lower.
    pub fn shrink(&self, tree: &Tree, root: &Path) -> Result<()> {
        let listed = self.listed(tree);
        let counts = (self.counts)(tree).into_iter();
        let lines = counts.filter_map(|Count { path, found, .. }| {
            let allowed = found.min(listed.get(&path).copied().unwrap_or(0));
            (allowed > 0).then(|| format!("{path} {allowed}\n"))
        });
        Ok(fs::write(root.join(self.list), lines.collect::<String>())?)
    }

    /// Returns the sum of the list.
    pub fn total(&self, tree: &Tree) -> usize {
        self.listed(tree).values().sum()
    }

    fn listed(&self, tree: &Tree) -> BTreeMap<String, usize> {
        let lines = tree.get(self.list).unwrap_or_default().lines();
        let entries = lines.filter_map(|line| line.rsplit_once(' '));
        entries
            .filter_map(|(path, count)| Some((path.to_owned(), count.parse().ok()?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Ratchet = Ratchet {
        list: "list.txt",
        what: "lines",
        counts: lines,
    };

    fn lines(tree: &Tree) -> Vec<Count> {
        let files = tree.files().filter(|(path, _)| *path != "list.txt");
        let count = |(path, text): (&str, &str)| Count {
            path: path.to_owned(),
            found: text.lines().count(),
            example: String::new(),
        };
        files.map(count).collect()
    }

    fn check(list: &str) -> Vec<String> {
        RULE.check(&Tree::of(&[("a.md", "one\ntwo\n"), ("list.txt", list)]))
    }

    #[test]
    fn count_above_the_list_is_reported() {
        assert!(check("a.md 2\n").is_empty());
        assert_eq!(check("a.md 1\n").len(), 1);
        assert_eq!(check("").len(), 1);
    }

    #[test]
    fn list_above_the_count_is_reported() {
        assert_eq!(check("a.md 3\n").len(), 1);
        assert_eq!(check("a.md 2\nb.md 1\n").len(), 1);
    }

    #[test]
    fn shrink_never_raises_a_count() {
        let root = tempfile();
        RULE.shrink(
            &Tree::of(&[
                ("a.md", "1\n2\n"),
                ("b.md", "1\n"),
                ("list.txt", "a.md 5\n"),
            ]),
            &root,
        )
        .unwrap();
        assert_eq!(
            fs::read_to_string(root.join("list.txt")).unwrap(),
            "a.md 2\n"
        );
        fs::remove_dir_all(root).unwrap();
    }

    fn tempfile() -> std::path::PathBuf {
        let root = std::env::temp_dir().join(format!("ratchet-{}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        root
    }
}
