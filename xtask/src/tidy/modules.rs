//! Source files that no module declares, and that are therefore not compiled.

use super::source::Tree;

/// Roots of crates, which need no declaration.
const ROOTS: [&str; 3] = ["main", "lib", "build"];

/// Returns files that the file of their parent module does not declare. A file without a parent
/// module, such as a test, is a crate of its own.
pub fn check(tree: &Tree) -> Vec<String> {
    let files = tree.rust().map(|(path, _)| path);
    files
        .filter(|path| !is_compiled(tree, path))
        .map(|path| format!("{path}: no module declares this file, so it is not compiled"))
        .collect()
}

fn is_compiled(tree: &Tree, path: &str) -> bool {
    let module = path.trim_end_matches(".rs").trim_end_matches("/mod");
    let Some((directory, name)) = module.rsplit_once('/') else {
        return true;
    };
    let declaration = format!("mod {name};");
    let parents = [
        format!("{directory}/mod.rs"),
        format!("{directory}/lib.rs"),
        format!("{directory}/main.rs"),
        format!("{directory}.rs"),
    ];
    let mut texts = parents.iter().filter_map(|parent| tree.get(parent));
    let is_declared = |text: &str| text.lines().any(|line| line.ends_with(&declaration));
    let is_root = ROOTS.contains(&name) || parents.iter().all(|parent| tree.get(parent).is_none());
    is_root || texts.any(is_declared)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undeclared_file_is_reported() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "mod used;\npub(crate) mod nested;\n"),
            ("crates/a/src/used.rs", ""),
            ("crates/a/src/unused.rs", ""),
            ("crates/a/src/nested/mod.rs", "#[cfg(test)]\nmod tests;\n"),
            ("crates/a/src/nested/tests.rs", ""),
            ("crates/a/src/nested/holds.rs", ""),
            ("crates/a/tests/ui/case.rs", ""),
            ("crates/a/src/bin/tool.rs", ""),
        ]);
        let broken = check(&tree);
        assert_eq!(broken.len(), 2, "{broken:?}");
        assert!(broken[0].starts_with("crates/a/src/nested/holds.rs:"));
        assert!(broken[1].starts_with("crates/a/src/unused.rs:"));
    }
}
