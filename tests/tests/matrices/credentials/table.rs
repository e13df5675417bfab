use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use super::answers::Cells;
use super::wallet::Credential;

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../docs/reference/permissions.md"
);

const HEAD: &str = "# Who may call what\n\n\
    What each operation answers each credential, asked about a conversation that the acting user owns: the status, and\n\
    the code of a refusal; for a hello the frame, or the close code with its reason. Written by\n\
    `CAAS_WRITE=1 cargo test -p stories --test matrices credential`, compared by the same test without `CAAS_WRITE`.\n\n";

/// Sees that the table is the committed one, or commits it when told to.
pub fn compare(wallet: &[Credential], cells: &Cells) {
    let table = render(wallet, cells);
    if std::env::var_os("CAAS_WRITE").is_some() {
        std::fs::write(Path::new(FILE), table).expect("the table can be written");
        return;
    }
    let committed = std::fs::read_to_string(FILE).expect("the table is committed");
    let other: Vec<_> = table
        .lines()
        .filter(|line| !committed.lines().any(|known| known == *line))
        .collect();
    assert!(
        other.is_empty(),
        "not as committed in docs/reference/permissions.md:\n{}",
        other.join("\n")
    );
    assert_eq!(
        committed.lines().count(),
        table.lines().count(),
        "the committed table has other rows"
    );
}

fn render(wallet: &[Credential], cells: &Cells) -> String {
    let mut text = HEAD.to_owned();
    let names: Vec<&str> = wallet.iter().map(|credential| credential.name).collect();
    line(&mut text, "operation", &names);
    line(&mut text, "---", &vec!["---"; names.len()]);
    let operations: BTreeSet<&String> = cells.keys().map(|(operation, _)| operation).collect();
    for operation in operations {
        let row: Vec<&str> = names
            .iter()
            .map(|name| &*cells[&(operation.clone(), *name)])
            .collect();
        line(&mut text, operation, &row);
    }
    text
}

fn line(text: &mut String, first: &str, rest: &[&str]) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "| {first} | {} |", rest.join(" | "));
}
