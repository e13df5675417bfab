//! What the papers promise is there: linked files, named commands, and a way
//! to every page.

use super::source::{Tree, has_extension};

const CONTENTS: &str = "docs/README.md";

/// Names links to files that are not there, and `cargo xtask` commands that do not exist.
pub fn check(tree: &Tree) -> Vec<String> {
    let papers = || tree.files().filter(|(path, _)| has_extension(path, "md"));
    let listed: Vec<String> = links(tree.get(CONTENTS).unwrap_or_default())
        .map(|link| resolved(CONTENTS, link))
        .collect();
    let pages = papers()
        .map(|(path, _)| path)
        .filter(|path| path.starts_with("docs/") && *path != CONTENTS);
    let unlisted = pages.filter(|path| !listed.iter().any(|known| known == path));
    let unlisted = unlisted.map(|path| format!("{CONTENTS}: leads nobody to {path}"));
    papers()
        .flat_map(|(path, text)| of_paper(tree, path, text))
        .chain(unlisted)
        .collect()
}

fn of_paper(tree: &Tree, path: &str, text: &str) -> Vec<String> {
    let links = links(text)
        .filter(|link| !tree.has(&resolved(path, link)))
        .map(|link| format!("{path}: links to {link}, which is not there"));
    let commands =
        commands(text).filter(|name| !crate::USAGE.contains(&format!("cargo xtask {name} ")));
    links
        .chain(
            commands.map(|name| format!("{path}: names cargo xtask {name}, which does not exist")),
        )
        .collect()
}

/// The targets of links to files of the repository.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text
        .match_indices("](")
        .filter_map(|(at, opening)| text[at + opening.len()..].split(')').next());
    let files = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    files.filter_map(|target| target.split('#').next())
}

fn resolved(paper: &str, link: &str) -> String {
    let mut folders: Vec<&str> = paper.split('/').collect();
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
    fn links_resolve_from_the_paper_that_holds_them() {
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
    fn a_dead_link_is_named() {
        let tree = Tree::of(&[("README.md", "[gone](docs/b.md#part)")]);
        assert_eq!(
            check(&tree),
            ["README.md: links to docs/b.md, which is not there"]
        );
    }

    #[test]
    fn a_page_that_the_contents_leave_out_is_named() {
        let tree = Tree::of(&[("docs/a.md", ""), (CONTENTS, "")]);
        assert_eq!(check(&tree), ["docs/README.md: leads nobody to docs/a.md"]);
    }

    #[test]
    fn a_command_that_does_not_exist_is_named() {
        let tree = Tree::of(&[("README.md", "`cargo xtask test` and `cargo xtask fly`")]);
        assert_eq!(
            check(&tree),
            ["README.md: names cargo xtask fly, which does not exist"]
        );
    }
}
