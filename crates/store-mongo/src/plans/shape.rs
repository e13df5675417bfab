use mongodb::bson::{Bson, Document};
use store::Declaration;

/// Words that say what a command does rather than with which value.
const WORDS: &[&str] = &["find", "aggregate", "update", "delete", "coll", "hint"];

/// A command without its values: equal for statements that differ in nothing else.
pub(super) fn of(declaration: &Declaration, command: &Document) -> String {
    let shape = shaped(declaration, "", &Bson::Document(command.clone()));
    shape.to_string()
}

fn shaped(declaration: &Declaration, key: &str, value: &Bson) -> Bson {
    match value {
        Bson::Document(document) => {
            let fields = document
                .iter()
                .map(|(key, value)| (key.clone(), shaped(declaration, key, value)));
            Bson::Document(fields.collect())
        }
        Bson::Array(items) => {
            let mut items: Vec<_> = items
                .iter()
                .map(|item| shaped(declaration, key, item))
                .collect();
            // A list of many is shaped as a list of one.
            items.dedup();
            Bson::Array(items)
        }
        // In a collection set the tenant stands in front of the name.
        Bson::String(word) if WORDS.contains(&key) && word.ends_with(declaration.name) => {
            Bson::String(declaration.name.to_owned())
        }
        Bson::String(word) if WORDS.contains(&key) || word.starts_with('$') => value.clone(),
        Bson::Int32(_) | Bson::Boolean(_) | Bson::MinKey | Bson::MaxKey => value.clone(),
        Bson::String(_) => Bson::String("text".to_owned()),
        other => Bson::String(format!("{:?}", other.element_type())),
    }
}
