//! Unused dependencies.

use super::source::Tree;
use crate::workspace::Package;

/// Returns dependencies that the source of the package does not name.
pub fn check(packages: &[Package], tree: &Tree) -> Vec<String> {
    packages
        .iter()
        .flat_map(|package| of_package(package, tree))
        .collect()
}

fn of_package(package: &Package, tree: &Tree) -> Vec<String> {
    let folder = format!("{}/", package.folder);
    let texts: Vec<&str> = tree
        .rust()
        .filter(|(path, _)| path.starts_with(&folder))
        .map(|(_, text)| text)
        .collect();
    let unused = package
        .crates
        .iter()
        .filter(|name| !texts.iter().any(|text| names(text, name)));
    unused
        .map(|name| format!("{folder}Cargo.toml: {name} is unused"))
        .collect()
}

/// Returns whether a text contains a name as a whole word.
fn names(text: &str, name: &str) -> bool {
    let part = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(source: &str) -> Vec<String> {
        let crates = vec!["async_trait".to_owned()];
        let package = Package {
            name: "a".to_owned(),
            folder: "crates/a".to_owned(),
            dependencies: Vec::new(),
            crates,
        };
        check(
            &[package],
            &Tree::of(&[
                ("crates/a/src/lib.rs", source),
                ("crates/ab/src/lib.rs", "async_trait"),
            ]),
        )
    }

    #[test]
    fn named_crate_is_used() {
        assert!(broken("#[async_trait::async_trait]").is_empty());
    }

    #[test]
    fn part_of_a_longer_word_is_not_a_use() {
        assert_eq!(
            broken("my_async_trait()"),
            ["crates/a/Cargo.toml: async_trait is unused"]
        );
    }
}
