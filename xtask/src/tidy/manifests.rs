//! Required entries of package manifests.

use super::source::Tree;

/// Returns manifests that do not inherit the lints or facts of the workspace.
pub fn check(tree: &Tree) -> Vec<String> {
    let manifests = tree
        .files()
        .filter(|(path, _)| path.ends_with("/Cargo.toml"));
    manifests
        .flat_map(|(path, text)| of_manifest(path, text))
        .collect()
}

fn of_manifest(path: &str, text: &str) -> Vec<String> {
    const REQUIRED: &[&str] = &[
        "[lints]\nworkspace = true",
        "license.workspace = true",
        "publish.workspace = true",
        "description = ",
    ];
    REQUIRED
        .iter()
        .filter(|entry| !text.contains(**entry))
        .map(|entry| format!("{path}: misses `{}`", entry.replace('\n', " ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "description = \"x\"\nlicense.workspace = true\npublish.workspace = true\n\n[lints]\nworkspace = true\n";

    #[test]
    fn complete_manifest_passes() {
        assert!(check(&Tree::of(&[("crates/a/Cargo.toml", GOOD)])).is_empty());
    }

    #[test]
    fn manifest_without_lints_is_reported() {
        let tree = Tree::of(&[("crates/a/Cargo.toml", &GOOD.replace("[lints]", "[other]"))]);
        assert_eq!(
            check(&tree),
            ["crates/a/Cargo.toml: misses `[lints] workspace = true`"]
        );
    }
}
