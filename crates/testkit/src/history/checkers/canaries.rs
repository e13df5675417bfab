//! Isolation: no user sees a text of another tenant.

use crate::history::OperationHistory;

pub fn violations(history: &OperationHistory) -> Vec<String> {
    let foreign = history.seen.iter().flat_map(|(tenant, text)| {
        let others = history
            .canaries
            .iter()
            .filter(move |(owner, word)| *owner != tenant && text.contains(word.as_str()));
        others.map(move |(owner, _)| format!("foreign: {tenant} saw a text of {owner}: {text}"))
    });
    foreign.collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_text_of_another_tenant_is_named() {
        let mut history = sample::valid();
        history
            .seen
            .push(("ours".to_owned(), "hello robin".to_owned()));
        assert_eq!(
            violations(&history),
            ["foreign: ours saw a text of theirs: hello robin"]
        );
    }
}
