use std::collections::BTreeMap;
use std::fmt;

/// Number of comparisons for each operation and outcome.
#[derive(Debug, Default)]
pub struct Table(BTreeMap<(&'static str, &'static str), u64>);

/// Outcomes that an operation can have; each must have been compared.
const EXPECTED: &[(&str, &[&str])] = &[
    ("get", &["ok", "empty"]),
    ("get_many", &["ok", "empty"]),
    ("list", &["ok", "empty"]),
    ("list_each", &["ok", "empty"]),
    ("count", &["ok", "empty"]),
    ("count_each", &["ok", "empty"]),
    ("covered", &["ok", "empty"]),
    ("tally", &["ok", "empty"]),
    ("timeline", &["ok", "empty"]),
    ("heads", &["ok", "empty"]),
    ("due", &["ok", "empty"]),
    (
        "append",
        &["ok", "known", "refused", "conflict", "stale", "exceeded"],
    ),
    ("insert", &["ok", "conflict"]),
    ("update", &["ok", "conflict", "stale"]),
    ("upsert", &["ok", "conflict"]),
    ("increment", &["ok", "stale", "exceeded"]),
    ("raise", &["ok"]),
    ("remove", &["ok", "stale"]),
];

const OUTCOMES: [&str; 7] = [
    "ok", "empty", "conflict", "stale", "exceeded", "known", "refused",
];

impl Table {
    pub(super) fn saw(&mut self, verb: &'static str, outcome: &'static str) {
        *self.0.entry((verb, outcome)).or_default() += 1;
    }

    pub(super) fn saw_some(&mut self, verb: &'static str, some: bool) {
        self.saw(verb, if some { "ok" } else { "empty" });
    }

    fn count(&self, verb: &str, outcome: &str) -> u64 {
        self.0.get(&(verb, outcome)).copied().unwrap_or(0)
    }

    /// Prints the table.
    ///
    /// # Panics
    /// Panics if an outcome that an operation can have was never compared.
    #[expect(
        clippy::print_stdout,
        reason = "the table is for whoever reads the test's output"
    )]
    pub fn report(&self, engine: &str) {
        println!("{engine} and the model agreed on\n{self}");
        for (verb, outcomes) in EXPECTED {
            for outcome in *outcomes {
                assert!(
                    self.count(verb, outcome) > 0,
                    "{engine}: {verb} never gave {outcome}"
                );
            }
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:12}", "")?;
        OUTCOMES
            .iter()
            .try_for_each(|outcome| write!(f, "{outcome:>9}"))?;
        writeln!(f)?;
        for (verb, possible) in EXPECTED {
            write!(f, "{verb:12}")?;
            for outcome in OUTCOMES {
                let cell = if possible.contains(&outcome) {
                    self.count(verb, outcome).to_string()
                } else {
                    "-".to_owned()
                };
                write!(f, "{cell:>9}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
