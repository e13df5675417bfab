//! Records the query plan of each statement and whether the plan is correct, for the plan check.
//! The environment variable `CAAS_PLANS` names the output directory.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::{env, fs, io, process, thread};

use parking_lot::Mutex;
use rusqlite::{Connection, Result};

/// Index search that a plan must contain, with the terms that must bound it.
pub(crate) struct Seek {
    pub(crate) index: String,
    /// Terms as query plans show them: `seq>?`.
    pub(crate) terms: Vec<String>,
    /// Whether the index must cover the search.
    covers: bool,
}

impl Seek {
    pub(crate) fn new(index: String, terms: Vec<String>) -> Self {
        Self {
            index,
            terms,
            covers: false,
        }
    }

    /// Returns a search of an index that must not read from the table.
    pub(crate) fn covering(index: String) -> Self {
        Self {
            index,
            terms: Vec::new(),
            covers: true,
        }
    }

    /// Returns a search for documents of a table by their ids.
    pub(crate) fn by_id(table: &str) -> Self {
        Self::new(
            format!("sqlite_autoindex_{table}_1"),
            vec!["_id=?".to_owned()],
        )
    }
}

/// Output directory for plans, with the statements that are already recorded.
pub(crate) struct Plans {
    folder: PathBuf,
    known: Mutex<HashSet<u64>>,
}

impl Plans {
    /// Returns the plans if the environment variable is set.
    pub(crate) fn from_environment() -> Option<Self> {
        let folder = PathBuf::from(env::var_os("CAAS_PLANS")?);
        Some(Self {
            folder,
            known: Mutex::default(),
        })
    }

    /// Records the plan of a statement, unless it is already recorded.
    pub(crate) fn record(&self, connection: &Connection, text: &str, seeks: &[Seek]) -> Result<()> {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let hash = hasher.finish();
        if !self.known.lock().insert(hash) {
            return Ok(());
        }
        let plan = plan(connection, text)?;
        let verdict = verdict(&plan, seeks, text.contains(" GROUP BY "));
        let told = serde_json::json!({ "engine": "sqlite", "shape": text, "plan": plan, "verdict": verdict });
        let written = self.write(&format!("sqlite-{hash:016x}"), &format!("{told:#}\n"));
        written.map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
    }

    /// Writes a file atomically, even if the process is killed meanwhile.
    fn write(&self, name: &str, text: &str) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let part = self.folder.join(format!(
            "{name}.{}.{:?}",
            process::id(),
            thread::current().id()
        ));
        fs::write(&part, text)?;
        fs::rename(part, self.folder.join(format!("{name}.json")))
    }
}

fn plan(connection: &Connection, text: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {text}"))?;
    let mut rows = statement.raw_query();
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(row.get(3)?);
    }
    Ok(lines)
}

/// Returns `ok` or the fault of the plan. If `grouped`, a sort is accepted, because no index
/// contains the sizes of groups.
fn verdict(plan: &[String], seeks: &[Seek], grouped: bool) -> String {
    let fits = |line: &&String| !(grouped && line.ends_with("FOR ORDER BY"));
    let wrong = plan
        .iter()
        .filter(fits)
        .find_map(|line| line_fault(line, seeks));
    let missing = || seeks.iter().find_map(|seek| seek_fault(plan, seek));
    wrong.or_else(missing).unwrap_or_else(|| "ok".to_owned())
}

fn line_fault(line: &str, seeks: &[Seek]) -> Option<String> {
    // Grouping collects rows in a temporary tree; it does not sort them.
    if line.contains("USE TEMP B-TREE") && !line.ends_with("FOR GROUP BY") {
        return Some(format!("a sort step: {line}"));
    }
    let made_here = line.contains("VIRTUAL TABLE")
        || line.starts_with("SCAN (")
        || line.starts_with("SCAN CONSTANT");
    let walk = line.starts_with("SCAN ") || line.starts_with("SEARCH ");
    if !walk || made_here || line.contains("USING INTEGER PRIMARY KEY") {
        return None;
    }
    match index_of(line) {
        None => Some(format!("no index: {line}")),
        Some(index) if seeks.iter().all(|seek| seek.index != index) => {
            Some(format!("another index: {line}"))
        }
        Some(_) => None,
    }
}

fn seek_fault(plan: &[String], seek: &Seek) -> Option<String> {
    let bounds = |line: &String| {
        let shown: Vec<_> = line
            .split_once(" (")
            .map_or("", |(_, terms)| terms)
            .split(" AND ")
            .collect();
        let stands = |term: &String| {
            shown
                .iter()
                .any(|shown| shown.trim_end_matches(')') == term.trim_end_matches(')'))
        };
        let covers = !seek.covers || line.contains("USING COVERING INDEX ");
        index_of(line) == Some(&seek.index) && covers && seek.terms.iter().all(stands)
    };
    let told = || {
        if seek.covers {
            return format!("{} does not answer by itself", seek.index);
        }
        format!(
            "no search of {} bounded by {}",
            seek.index,
            seek.terms.join(" AND ")
        )
    };
    (!plan.iter().any(bounds)).then(told)
}

fn index_of(line: &str) -> Option<&str> {
    line.split_once("INDEX ")?.1.split(' ').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lines: &[&str], terms: &[&str]) -> String {
        let plan: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
        let terms = terms.iter().map(|term| (*term).to_owned()).collect();
        verdict(&plan, &[Seek::new("t_fence".into(), terms)], false)
    }

    #[test]
    fn a_search_bounded_by_every_term_is_right() {
        assert_eq!(
            told(
                &["SEARCH t USING INDEX t_fence (tenant_id=? AND log=? AND seq>?)"],
                &["tenant_id=?", "log=?", "seq>?"]
            ),
            "ok"
        );
        assert_eq!(
            told(
                &["SEARCH t USING INDEX t_fence (tenant_id=? AND (log,seq)>(?,?))"],
                &["tenant_id=?", "(log,seq)>(?,?)"]
            ),
            "ok"
        );
    }

    #[test]
    fn a_filter_that_only_the_tenant_serves_is_told() {
        let verdict = told(
            &["SEARCH t USING INDEX t_fence (tenant_id=?)"],
            &["tenant_id=?", "log=?"],
        );
        assert_eq!(
            verdict,
            "no search of t_fence bounded by tenant_id=? AND log=?"
        );
    }

    #[test]
    fn what_the_index_does_not_answer_by_itself_is_told() {
        let told = |line: &str| {
            verdict(
                &[line.to_owned()],
                &[Seek::covering("t_fence".into())],
                false,
            )
        };
        assert_eq!(
            told("SEARCH t USING COVERING INDEX t_fence (tenant_id=?)"),
            "ok"
        );
        assert_eq!(
            told("SEARCH t USING INDEX t_fence (tenant_id=?)"),
            "t_fence does not answer by itself"
        );
    }

    #[test]
    fn sorting_scanning_and_another_index_are_told() {
        let right = "SEARCH t USING INDEX t_fence (tenant_id=?)";
        assert_eq!(
            told(&[right, "USE TEMP B-TREE FOR ORDER BY"], &[]),
            "a sort step: USE TEMP B-TREE FOR ORDER BY"
        );
        let plan = [right, "USE TEMP B-TREE FOR ORDER BY"].map(str::to_owned);
        let terms = Vec::new();
        assert_eq!(
            verdict(&plan, &[Seek::new("t_fence".into(), terms)], true),
            "ok",
            "groups by their sizes"
        );
        assert_eq!(told(&["SCAN t"], &[]), "no index: SCAN t");
        assert_eq!(
            told(&["SCAN t USING INDEX t_name"], &[]),
            "another index: SCAN t USING INDEX t_name"
        );
    }
}
