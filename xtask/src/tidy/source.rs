//! Text files of the repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Result, exec};

/// Texts of all files that git tracks or would add, by path.
pub struct Tree(BTreeMap<String, String>);

impl Tree {
    /// Reads all files that git tracks or would add.
    pub fn read(root: &Path) -> Result<Self> {
        let mut git = Command::new("git");
        git.args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root);
        let listed = exec::output(&mut git)?;
        let paths = listed.split('\0').filter(|path| !path.is_empty());
        let existing = paths.filter(|path| root.join(path).is_file());
        Ok(Self(
            existing
                .map(|path| (path.to_owned(), text(root, path)))
                .collect(),
        ))
    }

    /// Returns path and text of every file.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Returns the Rust files.
    pub fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(|(path, _)| has_extension(path, "rs"))
    }

    /// Returns the Rust files that are not only test code.
    pub fn production(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rust().filter(|(path, _)| !self.is_test(path))
    }

    fn is_test(&self, path: &str) -> bool {
        let named = path.starts_with("tests/")
            || ["/tests/", "crates/store-conformance/", "crates/testkit/"]
                .iter()
                .any(|part| path.contains(part));
        let (folder, file) = path.rsplit_once('/').unwrap_or_default();
        let declared = format!("#[cfg(test)]\nmod {};", file.trim_end_matches(".rs"));
        let parents = ["lib.rs", "mod.rs", "main.rs"].map(|parent| format!("{folder}/{parent}"));
        named
            || parents
                .iter()
                .filter_map(|parent| self.get(parent))
                .any(|text| text.contains(&declared))
    }

    /// Returns the text of a file.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// Returns whether a file or a directory with this path exists.
    pub fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.0.keys().any(|known| {
            known
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self(
            files
                .iter()
                .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
                .collect(),
        )
    }
}

/// Returns the text of a file. Pictures and vendored files exist, but no rule applies to their lines.
fn text(root: &Path, path: &str) -> String {
    if is_vendored(path) {
        return String::new();
    }
    fs::read_to_string(root.join(path)).unwrap_or_default()
}

/// Returns whether a file is an unchanged copy from another project.
fn is_vendored(path: &str) -> bool {
    path.split('/').any(|folder| folder == "vendor")
}

/// Returns whether a path has an extension, given without its dot.
pub fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|found| found == extension)
}

/// Returns the lines of a Rust file without its inline test modules, each with
/// its number from 1. Relies on the formatter to find the end of a module.
pub fn production(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut lines = text.lines().enumerate().peekable();
    std::iter::from_fn(move || {
        loop {
            let (index, line) = lines.next()?;
            let indent = line.len() - line.trim_start().len();
            let opens = |next: &str| next.trim_start().starts_with("mod ") && next.ends_with('{');
            if line.trim() != "#[cfg(test)]" || !lines.peek().is_some_and(|(_, next)| opens(next)) {
                return Some((index + 1, line));
            }
            lines
                .by_ref()
                .find(|(_, line)| line.trim_start() == "}" && line.len() == indent + 1);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_test_module_is_not_production() {
        let text = "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn b() {\n    }\n}\nfn c() {}\n";
        let lines: Vec<_> = production(text).collect();
        assert_eq!(lines, [(1, "fn a() {}"), (2, ""), (8, "fn c() {}")]);
    }

    #[test]
    fn test_helper_outside_a_module_is_production() {
        assert_eq!(production("#[cfg(test)]\nfn helper() {}\n").count(), 2);
    }

    #[test]
    fn files_of_tests_are_not_production() {
        let files = [
            ("a/src/lib.rs", "mod b;\n#[cfg(test)]\nmod world;\n"),
            ("a/src/b.rs", ""),
            ("a/src/world.rs", ""),
            ("a/tests/c.rs", ""),
        ];
        let tree = Tree::of(&files);
        let production: Vec<_> = tree.production().map(|(path, _)| path).collect();
        assert_eq!(production, ["a/src/b.rs", "a/src/lib.rs"]);
    }

    #[test]
    fn files_below_a_vendor_folder_are_vendored() {
        assert!(is_vendored("crates/http/vendor/a-1.0/a.js"));
        assert!(!is_vendored("crates/http/src/vendors.rs"));
    }

    #[test]
    fn has_finds_files_and_directories() {
        let tree = Tree::of(&[("docs/decisions/rooms.md", "")]);
        assert!(tree.has("docs/decisions/") && tree.has("docs/decisions/rooms.md"));
        assert!(!tree.has("docs/dec"));
    }
}
