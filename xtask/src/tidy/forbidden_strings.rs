//! Strings that must not be committed: markers of unfinished work and paths of
//! one machine.

use super::source::Tree;

/// Each string and what to do instead. Split so that this file does not contain them.
const FORBIDDEN: &[(&str, &str)] = &[
    (concat!("TO", "DO"), "do it, or open an issue"),
    (concat!("FIX", "ME"), "fix it, or open an issue"),
    (concat!("XX", "X"), "describe the problem"),
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("/ro", "ot/"), "a path of one machine"),
    (concat!("/ho", "me/"), "a path of one machine"),
];

/// Files that are not checked.
const EXCLUDED: &[&str] = &[
    "Cargo.lock",
    "LICENSE",
    "xtask/banned_words.txt",
    "xtask/tuple_lets.txt",
];

/// Returns every forbidden string with its line.
pub fn check(tree: &Tree) -> Vec<String> {
    let files = tree
        .files()
        .filter(|(path, _)| !EXCLUDED.contains(path) && !path.ends_with("package-lock.json"));
    files.flat_map(|(path, text)| of_file(path, text)).collect()
}

fn of_file(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().enumerate();
    let found = lines.flat_map(|(index, line)| {
        FORBIDDEN
            .iter()
            .filter(|(word, _)| line.contains(word))
            .map(move |word| (index + 1, word))
    });
    found
        .map(|(line, (word, instead))| format!("{path}:{line}: {word} ({instead})"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_string_is_reported_with_its_line() {
        let tree = Tree::of(&[
            ("a.rs", &format!("\n// {}: later\n", FORBIDDEN[0].0)),
            ("b.md", "all done\n"),
        ]);
        assert_eq!(check(&tree).len(), 1);
        assert!(check(&tree)[0].starts_with("a.rs:2: "));
    }

    #[test]
    fn path_of_one_machine_is_reported() {
        let tree = Tree::of(&[("run.sh", &format!("cd {}caas\n", FORBIDDEN[3].0))]);
        assert_eq!(check(&tree).len(), 1);
    }
}
