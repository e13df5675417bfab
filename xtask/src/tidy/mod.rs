//! Rules of the house that the compiler and the linter cannot check.

mod doors;
mod floors;
mod functions;
mod lengths;
mod links;
mod manifests;
mod rooms;
mod source;
mod unused;
mod words;

use crate::Result;
use crate::workspace::Workspace;
use source::Tree;

/// A rule reads the tree and names what breaks it, one sentence each.
type Rule = fn(&Tree) -> Vec<String>;

const RULES: &[Rule] = &[rooms::check, doors::check, lengths::check, words::check, manifests::check, links::check];

/// Checks every rule and names all that is broken.
pub fn tidy() -> Result<()> {
    let workspace = Workspace::read()?;
    let tree = Tree::read(&workspace.root)?;
    let mut broken = floors::check(&workspace.packages);
    broken.extend(unused::check(&workspace.packages, &tree));
    broken.extend(RULES.iter().flat_map(|rule| rule(&tree)));
    if broken.is_empty() { Ok(()) } else { Err(format!("not tidy:\n{}", broken.join("\n")).into()) }
}
