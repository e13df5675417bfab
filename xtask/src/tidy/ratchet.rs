//! Lists of known exceptions that may only shrink.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::source::Tree;
use crate::Result;

/// What a rule found in one file.
pub struct Count {
    /// The file.
    pub path: String,
    /// How often the rule is broken there, 0 included.
    pub found: usize,
    /// Where it is broken first, and how.
    pub example: String,
}

/// A rule with a committed list `path count` of files that break it already.
pub struct Ratchet {
    /// The path of the list.
    pub list: &'static str,
    /// What is counted, for messages.
    pub what: &'static str,
    /// Counts in every file that the rule covers.
    pub counts: fn(&Tree) -> Vec<Count>,
}

impl Ratchet {
    /// Returns files that break the rule more often than listed, and entries
    /// of the list that allow more than is needed.
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

    /// Writes the list again with today's lower counts; higher ones stay errors.
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
    fn a_listed_count_passes_and_more_does_not() {
        assert!(check("a.md 2\n").is_empty());
        assert_eq!(check("a.md 1\n").len(), 1);
        assert_eq!(check("").len(), 1);
    }

    #[test]
    fn a_list_that_allows_too_much_is_an_error() {
        assert_eq!(check("a.md 3\n").len(), 1);
        assert_eq!(check("a.md 2\nb.md 1\n").len(), 1);
    }

    #[test]
    fn shrinking_never_allows_more() {
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
