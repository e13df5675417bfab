//! Rules of the house that the compiler and the linter cannot check.

mod banned_words;
mod commits;
mod doors;
mod floors;
mod functions;
mod lengths;
mod links;
mod manifests;
mod ratchet;
mod rooms;
mod source;
mod tuple_lets;
mod unused;
mod words;

use crate::Result;
use crate::workspace::Workspace;
use ratchet::Ratchet;
use source::Tree;

/// A rule reads the tree and names what breaks it, one sentence each.
type Rule = fn(&Tree) -> Vec<String>;

const RULES: &[Rule] = &[
    rooms::check,
    doors::check,
    lengths::check,
    words::check,
    manifests::check,
    links::check,
];

/// Rules whose known exceptions are listed, so that they can only become fewer.
const RATCHETS: &[Ratchet] = &[banned_words::RATCHET, tuple_lets::RATCHET];

/// Lowers the lists of known exceptions to what the tree still has.
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

/// Checks every rule and names all that is broken.
pub fn tidy() -> Result<()> {
    let workspace = Workspace::read()?;
    let tree = Tree::read(&workspace.root)?;
    let mut broken = floors::check(&workspace.packages);
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
