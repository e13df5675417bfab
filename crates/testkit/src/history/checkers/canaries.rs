//! No foreign canary: nobody sees a text of another tenant.

use crate::ledger::Book;

pub fn broken(book: &Book) -> Vec<String> {
    let foreign = book.seen.iter().flat_map(|(tenant, text)| {
        let others = book
            .canaries
            .iter()
            .filter(move |(owner, word)| *owner != tenant && text.contains(word.as_str()));
        others.map(move |(owner, _)| format!("foreign: {tenant} saw a text of {owner}: {text}"))
    });
    foreign.collect()
}

#[cfg(test)]
mod tests {
    use super::super::story;
    use super::*;

    #[test]
    fn a_text_of_another_tenant_is_named() {
        let mut book = story::lawful();
        book.seen
            .push(("ours".to_owned(), "hello robin".to_owned()));
        assert_eq!(
            broken(&book),
            ["foreign: ours saw a text of theirs: hello robin"]
        );
    }
}
