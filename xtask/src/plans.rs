//! Query plans of all statement shapes that the engines issued during the tests.
//! Each must have been checked to use its index.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::Result;

/// Fails for a shape without a good plan, and for an engine without shapes.
pub fn check(folder: &Path, engines: &[&str]) -> Result<()> {
    let mut counts: BTreeMap<String, usize> = engines
        .iter()
        .map(|engine| ((*engine).to_owned(), 0))
        .collect();
    let mut bad = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let record: Value = serde_json::from_slice(&fs::read(&path)?)?;
        *counts.entry(text(&record, "engine")).or_default() += 1;
        if record["verdict"] != "ok" {
            bad.push(format!(
                "{}: {}\n  {}",
                text(&record, "engine"),
                text(&record, "shape"),
                text(&record, "verdict")
            ));
        }
    }
    for (engine, count) in &counts {
        println!("{count} statement shapes of {engine} have a checked plan");
    }
    if let Some((engine, _)) = counts.iter().find(|(_, count)| **count == 0) {
        return Err(format!("{engine} recorded no statement shape").into());
    }
    if bad.is_empty() {
        Ok(())
    } else {
        Err(format!("statements without a good plan:\n{}", bad.join("\n")).into())
    }
}

fn text(record: &Value, key: &str) -> String {
    record[key]
        .as_str()
        .map_or_else(|| record[key].to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str, records: &[&str]) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("plans-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for (number, record) in records.iter().enumerate() {
            fs::write(folder.join(format!("{number}.json")), record).unwrap();
        }
        folder
    }

    #[test]
    fn good_plans_of_every_engine_pass() {
        let folder = folder(
            "good",
            &[r#"{"engine":"sqlite","shape":"get users","verdict":"ok"}"#],
        );
        assert!(check(&folder, &["sqlite"]).is_ok());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn bad_plan_is_reported() {
        let folder = folder(
            "bad",
            &[r#"{"engine":"sqlite","shape":"list users","verdict":"scans users"}"#],
        );
        let error = check(&folder, &["sqlite"]).unwrap_err().to_string();
        assert!(
            error.contains("list users") && error.contains("scans users"),
            "{error}"
        );
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn engine_without_shapes_fails() {
        let folder = folder(
            "silent",
            &[r#"{"engine":"sqlite","shape":"get users","verdict":"ok"}"#],
        );
        let error = check(&folder, &["sqlite", "mongodb"])
            .unwrap_err()
            .to_string();
        assert_eq!(error, "mongodb recorded no statement shape");
        fs::remove_dir_all(folder).unwrap();
    }
}
