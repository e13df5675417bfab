//! What every manifest says.

use super::source::Tree;

/// Names manifests that leave the workspace's lints or facts behind.
pub fn check(tree: &Tree) -> Vec<String> {
    let manifests = tree
        .files()
        .filter(|(path, _)| path.ends_with("/Cargo.toml"));
    manifests
        .flat_map(|(path, text)| of_manifest(path, text))
        .collect()
}

fn of_manifest(path: &str, text: &str) -> Vec<String> {
    const WANTED: &[&str] = &[
        "[lints]\nworkspace = true",
        "license.workspace = true",
        "publish.workspace = true",
        "description = ",
    ];
    WANTED
        .iter()
        .filter(|wanted| !text.contains(**wanted))
        .map(|wanted| format!("{path}: misses `{}`", wanted.replace('\n', " ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "description = \"x\"\nlicense.workspace = true\npublish.workspace = true\n\n[lints]\nworkspace = true\n";

    #[test]
    fn a_manifest_that_follows_the_workspace_passes() {
        assert!(check(&Tree::of(&[("crates/a/Cargo.toml", GOOD)])).is_empty());
    }

    #[test]
    fn a_manifest_without_lints_is_named() {
        let tree = Tree::of(&[("crates/a/Cargo.toml", &GOOD.replace("[lints]", "[other]"))]);
        assert_eq!(
            check(&tree),
            ["crates/a/Cargo.toml: misses `[lints] workspace = true`"]
        );
    }
}
