//! No package asks for a crate that its source does not name.

use super::source::Tree;
use crate::workspace::Package;

/// Names every dependency without a use.
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
        .map(|name| format!("{folder}Cargo.toml: {name} is used nowhere"))
        .collect()
}

/// Says whether a text holds a name as a word of its own.
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
    fn a_crate_that_is_named_is_used() {
        assert!(broken("#[async_trait::async_trait]").is_empty());
    }

    #[test]
    fn a_crate_that_only_resembles_another_word_is_not() {
        assert_eq!(
            broken("my_async_trait()"),
            ["crates/a/Cargo.toml: async_trait is used nowhere"]
        );
    }
}
