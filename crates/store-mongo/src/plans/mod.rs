//! Recorder of query plans for the plan check. For each statement shape it writes the server's plan
//! and a verdict to the folder in the environment variable `CAAS_PLANS`.

mod shape;
mod verdict;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::{env, fs, io, process, thread};

use mongodb::Database;
use mongodb::bson::{Document, doc};
use parking_lot::Mutex;
use store::Declaration;

use crate::fault::in_time;

/// Folder of plans, and the shapes that it contains already.
#[derive(Debug)]
pub(crate) struct Plans {
    folder: PathBuf,
    known: Mutex<HashSet<u64>>,
}

impl Plans {
    /// Creates a recorder if `CAAS_PLANS` is set.
    pub(crate) fn from_environment() -> Option<Self> {
        let folder = PathBuf::from(env::var_os("CAAS_PLANS")?);
        Some(Self {
            folder,
            known: Mutex::default(),
        })
    }

    /// Writes the plan of a command unless its shape is recorded already. A collection that does
    /// not exist has no plan; its shape is recorded later.
    pub(crate) async fn record(
        &self,
        database: &Database,
        declaration: &Declaration,
        command: Document,
    ) {
        if command.is_empty() {
            return;
        }
        let shape = shape::of(declaration, &command);
        let mut hasher = DefaultHasher::new();
        shape.hash(&mut hasher);
        let hash = hasher.finish();
        if self.known.lock().contains(&hash) {
            return;
        }
        let explained = in_time(database.run_command(explain(command.clone()))).await;
        let verdict = match &explained {
            Ok(plan) if verdict::nothing_there(plan) => return,
            Ok(plan) => verdict::verdict(declaration, &command, plan),
            // The statement itself fails too and is retried, so its shape is seen again.
            Err(fault) if fault.passes() || fault.lacks_index() => return,
            Err(fault) => format!("no plan: {fault:?}"),
        };
        if !self.known.lock().insert(hash) {
            return;
        }
        let plan = explained.map(verdict::without_noise).unwrap_or_default();
        let entry = serde_json::json!({ "engine": "mongodb", "shape": shape, "plan": plan, "verdict": verdict });
        let written = self.write(&format!("mongo-{hash:016x}"), &format!("{entry:#}\n"));
        if let Err(error) = written {
            tracing::warn!(%error, "a plan could not be written");
        }
    }

    /// Writes a temporary file and renames it, so that a killed process leaves no partial file.
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

fn explain(command: Document) -> Document {
    doc! { "explain": command, "verbosity": "executionStats" }
}

#[cfg(test)]
#[cfg(feature = "mongod")]
mod tests;
