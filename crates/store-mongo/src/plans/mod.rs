//! Writes down how the server runs each statement shape and whether that is
//! right, for the plan check: the environment variable `CAAS_PLANS` names a
//! folder.

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

/// The folder of plans, and the shapes that are in it already.
#[derive(Debug)]
pub(crate) struct Plans {
    folder: PathBuf,
    known: Mutex<HashSet<u64>>,
}

impl Plans {
    /// Where the environment asks for plans, if it does.
    pub(crate) fn from_environment() -> Option<Self> {
        let folder = PathBuf::from(env::var_os("CAAS_PLANS")?);
        Some(Self {
            folder,
            known: Mutex::default(),
        })
    }

    /// Writes the plan of a command whose shape was not met before. A
    /// collection that is not there has no plan, so its shape is met later.
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
            // The statement fails as well, and is met again.
            Err(fault) if fault.passes() || fault.lacks_index() => return,
            Err(fault) => format!("no plan: {fault:?}"),
        };
        if !self.known.lock().insert(hash) {
            return;
        }
        let plan = explained.map(verdict::without_noise).unwrap_or_default();
        let told = serde_json::json!({ "engine": "mongodb", "shape": shape, "plan": plan, "verdict": verdict });
        let written = self.write(&format!("mongo-{hash:016x}"), &format!("{told:#}\n"));
        if let Err(error) = written {
            tracing::warn!(%error, "a plan could not be written");
        }
    }

    /// Never leaves half a file, also when the process is killed meanwhile.
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
