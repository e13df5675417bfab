//! Links and commands in Markdown files, and completeness of the contents page.

use super::source::{Tree, has_extension};

const CONTENTS: &str = "docs/README.md";

/// Returns links to files and `cargo xtask` commands that do not exist, and pages
/// that the contents page does not link.
pub fn check(tree: &Tree) -> Vec<String> {
    let documents = || tree.files().filter(|(path, _)| has_extension(path, "md"));
    let listed: Vec<String> = links(tree.get(CONTENTS).unwrap_or_default())
        .map(|link| resolved(CONTENTS, link))
        .collect();
    let pages = documents()
        .map(|(path, _)| path)
        .filter(|path| path.starts_with("docs/") && *path != CONTENTS);
    let unlisted = pages.filter(|path| !listed.iter().any(|known| known == path));
    let unlisted = unlisted.map(|path| format!("{CONTENTS}: does not link {path}"));
    documents()
        .flat_map(|(path, text)| of_document(tree, path, text))
        .chain(unlisted)
        .collect()
}

fn of_document(tree: &Tree, path: &str, text: &str) -> Vec<String> {
    let links = links(text)
        .filter(|link| !tree.has(&resolved(path, link)))
        .map(|link| format!("{path}: links to {link}, which does not exist"));
    let commands =
        commands(text).filter(|name| !crate::USAGE.contains(&format!("cargo xtask {name} ")));
    links
        .chain(
            commands.map(|name| format!("{path}: names cargo xtask {name}, which does not exist")),
        )
        .collect()
}

/// Returns the targets of links to files of the repository.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text
        .match_indices("](")
        .filter_map(|(at, opening)| text[at + opening.len()..].split(')').next());
    let files = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    files.filter_map(|target| target.split('#').next())
}

fn resolved(document: &str, link: &str) -> String {
    let mut folders: Vec<&str> = document.split('/').collect();
    folders.pop();
    for part in link.split('/') {
        match part {
            "." => {}
            ".." => drop(folders.pop()),
            name => folders.push(name),
        }
    }
    folders.join("/")
}

fn commands(text: &str) -> impl Iterator<Item = &str> {
    const PREFIX: &str = "cargo xtask ";
    text.match_indices(PREFIX).filter_map(|(at, _)| {
        text[at + PREFIX.len()..]
            .split(|character: char| !character.is_ascii_lowercase())
            .next()
            .filter(|name| !name.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_relative_to_their_document() {
        let tree = Tree::of(&[
            ("README.md", ""),
            (CONTENTS, "[a](a.md)"),
            (
                "docs/a.md",
                "[up](../README.md) [web](https://example.com) [here](#part)",
            ),
        ]);
        assert!(check(&tree).is_empty());
    }

    #[test]
    fn dead_link_is_reported() {
        let tree = Tree::of(&[("README.md", "[gone](docs/b.md#part)")]);
        assert_eq!(
            check(&tree),
            ["README.md: links to docs/b.md, which does not exist"]
        );
    }

    #[test]
    fn page_without_link_from_contents_is_reported() {
        let tree = Tree::of(&[("docs/a.md", ""), (CONTENTS, "")]);
        assert_eq!(check(&tree), ["docs/README.md: does not link docs/a.md"]);
    }

    #[test]
    fn unknown_command_is_reported() {
        let tree = Tree::of(&[("README.md", "`cargo xtask test` and `cargo xtask fly`")]);
        assert_eq!(
            check(&tree),
            ["README.md: names cargo xtask fly, which does not exist"]
        );
    }
}
