//! Project rules that the compiler and the linter cannot check.

mod banned_words;
mod commits;
mod forbidden_strings;
mod functions;
mod layers;
mod lengths;
mod links;
mod manifests;
mod module_deps;
mod modules;
mod ratchet;
mod restricted_calls;
mod source;
mod tuple_lets;
mod unused;

use crate::Result;
use crate::workspace::Workspace;
use ratchet::Ratchet;
use source::Tree;

/// Rule: returns one sentence per violation in the tree.
type Rule = fn(&Tree) -> Vec<String>;

const RULES: &[Rule] = &[
    module_deps::check,
    modules::check,
    restricted_calls::check,
    lengths::check,
    forbidden_strings::check,
    manifests::check,
    links::check,
];

/// Rules with a committed list of exceptions that may only shrink.
const RATCHETS: &[Ratchet] = &[banned_words::RATCHET, tuple_lets::RATCHET];

/// Lowers the counts of the lists of exceptions to those of the tree.
pub fn shrink() -> Result<()> {
    let workspace = Workspace::read()?;
    let tree = Tree::read(&workspace.root)?;
    for ratchet in RATCHETS {
        ratchet.shrink(&tree, &workspace.root)?;
    }
    let tree = Tree::read(&workspace.root)?;
    for ratchet in RATCHETS {
        println!("{}: {} left", ratchet.what, ratchet.total(&tree));
    }
    Ok(())
}

/// Checks all rules.
///
/// # Errors
/// Lists all violations.
pub fn tidy() -> Result<()> {
    let workspace = Workspace::read()?;
    let tree = Tree::read(&workspace.root)?;
    let mut broken = layers::check(&workspace.packages);
    broken.extend(commits::check(&workspace.root)?);
    broken.extend(unused::check(&workspace.packages, &tree));
    broken.extend(RATCHETS.iter().flat_map(|ratchet| ratchet.check(&tree)));
    broken.extend(RULES.iter().flat_map(|rule| rule(&tree)));
    if broken.is_empty() {
        Ok(())
    } else {
        Err(format!("not tidy:\n{}", broken.join("\n")).into())
    }
}
