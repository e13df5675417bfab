//! Brings a file's schema to the declarations, in steps that are each a
//! transaction of their own: a process that dies between two leaves a file
//! that the next one finishes, and two at once do no harm.

use std::collections::HashMap;

use rusqlite::{Result, TransactionBehavior};
use store::Declaration;

use crate::ddl::{self, quoted};

/// Does every step that is missing.
pub(crate) fn migrate(connection: &mut rusqlite::Connection, declarations: &[&'static Declaration]) -> Result<()> {
    // Synced together with the first commit behind them, which is the first to need them.
    let synchronous: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let done = steps(connection, declarations).and_then(|steps| steps.iter().try_for_each(|step| step.run(connection)));
    connection.pragma_update(None, "synchronous", synchronous)?;
    done
}

/// One change of the schema.
#[derive(Debug)]
pub(crate) enum Step {
    /// A table with its indexes.
    Table(&'static Declaration),
    /// A column of a table that is there.
    Column { table: &'static str, name: &'static str, definition: &'static str },
    /// An index of a table that is there.
    Index { create: String },
    /// An index of ours that is not declared any more, or otherwise now.
    DropIndex { name: String },
}

impl Step {
    /// Does the step, unless another process was faster.
    pub(crate) fn run(&self, connection: &mut rusqlite::Connection) -> Result<()> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        match self {
            Self::Table(declaration) => {
                transaction.execute_batch(&ddl::create_table(declaration))?;
                for index in ddl::indexes(declaration) {
                    transaction.execute_batch(&index.create)?;
                }
            }
            Self::Column { table, name, definition } => {
                if !columns(&transaction, table)?.iter().any(|column| column == name) {
                    let (table, name) = (quoted(table), quoted(name));
                    transaction.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {name} {definition}"))?;
                }
            }
            Self::Index { create } => transaction.execute_batch(create)?,
            Self::DropIndex { name } => transaction.execute_batch(&format!("DROP INDEX IF EXISTS {}", quoted(name)))?,
        }
        transaction.commit()
    }
}

/// What the file lacks, in the order in which it must be done.
pub(crate) fn steps(connection: &rusqlite::Connection, declarations: &[&'static Declaration]) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    for declaration in declarations {
        let present = columns(connection, declaration.name)?;
        if present.is_empty() {
            steps.push(Step::Table(declaration));
            continue;
        }
        let missing =
            ddl::columns(declaration).into_iter().filter(|column| present.iter().all(|name| name != column.name));
        steps.extend(missing.map(|column| Step::Column {
            table: declaration.name,
            name: column.name,
            definition: column.definition,
        }));
        index_steps(connection, declaration, &mut steps)?;
    }
    Ok(steps)
}

fn index_steps(connection: &rusqlite::Connection, declaration: &Declaration, steps: &mut Vec<Step>) -> Result<()> {
    let mut present = indexes(connection, declaration.name)?;
    let mut missing = Vec::new();
    for index in ddl::indexes(declaration) {
        match present.remove(&index.name) {
            Some(made) if made == as_kept(&index.create) => {}
            Some(_) => {
                steps.push(Step::DropIndex { name: index.name });
                missing.push(Step::Index { create: index.create });
            }
            None => missing.push(Step::Index { create: index.create }),
        }
    }
    let ours = format!("{}_", declaration.name);
    let left = present.into_keys().filter(|name| name.starts_with(&ours));
    steps.extend(left.map(|name| Step::DropIndex { name }));
    steps.append(&mut missing);
    Ok(())
}

/// The command as `SQLite` keeps it.
fn as_kept(create: &str) -> String {
    create.replacen(" IF NOT EXISTS", "", 1)
}

fn columns(connection: &rusqlite::Connection, table: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare_cached("SELECT name FROM pragma_table_info(?)")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

/// The made indexes of a table, not those that `SQLite` makes itself, with their commands.
fn indexes(connection: &rusqlite::Connection, table: &str) -> Result<HashMap<String, String>> {
    let text = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL";
    let mut statement = connection.prepare_cached(text)?;
    statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
