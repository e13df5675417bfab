//! Migrates the schema of a file to the declarations.
//!
//! Each step is its own transaction. If a process dies between two steps, the next process
//! completes the migration. Concurrent migrations are safe.

use std::collections::HashMap;

use rusqlite::{Result, TransactionBehavior};
use store::Declaration;

use crate::ddl::{self, quoted};

/// Runs all missing steps.
pub(crate) fn migrate(
    connection: &mut rusqlite::Connection,
    declarations: &[&'static Declaration],
) -> Result<()> {
    // Synced with the first commit after the migration, which is the first to need the new schema.
    let synchronous: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let done = steps(connection, declarations)
        .and_then(|steps| steps.iter().try_for_each(|step| step.run(connection)));
    connection.pragma_update(None, "synchronous", synchronous)?;
    done
}

/// Single change of the schema.
#[derive(Debug)]
pub(crate) enum Step {
    /// New table with its indexes.
    Table(&'static Declaration),
    /// New column of an existing table.
    Column {
        table: &'static str,
        name: &'static str,
        definition: &'static str,
    },
    /// New index of an existing table.
    Index { create: String },
    /// Removed index of the collection: no longer declared, or declared differently.
    DropIndex { name: String },
}

impl Step {
    /// Runs the step, unless another process has already done so.
    pub(crate) fn run(&self, connection: &mut rusqlite::Connection) -> Result<()> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        match self {
            Self::Table(declaration) => {
                transaction.execute_batch(&ddl::create_table(declaration))?;
                for index in ddl::indexes(declaration) {
                    transaction.execute_batch(&index.create)?;
                }
            }
            Self::Column {
                table,
                name,
                definition,
            } => {
                if !columns(&transaction, table)?
                    .iter()
                    .any(|column| column == name)
                {
                    let table = quoted(table);
                    let name = quoted(name);
                    transaction.execute_batch(&format!(
                        "ALTER TABLE {table} ADD COLUMN {name} {definition}"
                    ))?;
                }
            }
            Self::Index { create } => transaction.execute_batch(create)?,
            Self::DropIndex { name } => {
                transaction.execute_batch(&format!("DROP INDEX IF EXISTS {}", quoted(name)))?;
            }
        }
        transaction.commit()
    }
}

/// Returns the missing steps in the order in which they must run.
pub(crate) fn steps(
    connection: &rusqlite::Connection,
    declarations: &[&'static Declaration],
) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    for declaration in declarations {
        let present = columns(connection, declaration.name)?;
        if present.is_empty() {
            steps.push(Step::Table(declaration));
            continue;
        }
        let missing = ddl::columns(declaration)
            .into_iter()
            .filter(|column| present.iter().all(|name| name != column.name));
        steps.extend(missing.map(|column| Step::Column {
            table: declaration.name,
            name: column.name,
            definition: column.definition,
        }));
        index_steps(connection, declaration, &mut steps)?;
    }
    Ok(steps)
}

fn index_steps(
    connection: &rusqlite::Connection,
    declaration: &Declaration,
    steps: &mut Vec<Step>,
) -> Result<()> {
    let mut present = indexes(connection, declaration.name)?;
    let mut missing = Vec::new();
    for index in ddl::indexes(declaration) {
        match present.remove(&index.name) {
            Some(made) if made == as_kept(&index.create) => {}
            Some(_) => {
                steps.push(Step::DropIndex { name: index.name });
                missing.push(Step::Index {
                    create: index.create,
                });
            }
            None => missing.push(Step::Index {
                create: index.create,
            }),
        }
    }
    let ours = format!("{}_", declaration.name);
    let left = present.into_keys().filter(|name| name.starts_with(&ours));
    steps.extend(left.map(|name| Step::DropIndex { name }));
    steps.append(&mut missing);
    Ok(())
}

/// Returns the command in the form in which `SQLite` stores it.
fn as_kept(create: &str) -> String {
    create.replacen(" IF NOT EXISTS", "", 1)
}

fn columns(connection: &rusqlite::Connection, table: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare_cached("SELECT name FROM pragma_table_info(?)")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

/// Returns the explicitly created indexes of a table with their commands, without the automatic
/// indexes of `SQLite`.
fn indexes(connection: &rusqlite::Connection, table: &str) -> Result<HashMap<String, String>> {
    let text = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL";
    let mut statement = connection.prepare_cached(text)?;
    statement
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use store::Collection;

    use super::*;

    mod before {
        store::collection! {
            /// Book in its former declaration.
            pub struct Book: TenantData "books" {
                /// Title.
                title: String,
            }
            indexes {
                by_title: None [title];
                by_age: None [created_at];
            }
            personal: none("it is of no person");
        }
    }

    mod now {
        store::collection! {
            /// Book in its current declaration.
            pub struct Book: TenantData "books" {
                /// Title.
                title: String,
                /// International book number.
                isbn: Option<String>,
                /// Number of pages.
                pages: Option<i64>,
            }
            indexes {
                by_title: None [title, pages];
                by_isbn: UniqueWhenPresent [isbn];
            }
            personal: none("it is of no person");
        }
    }

    const BEFORE: &[&Declaration] = &[before::Book::DECLARATION];
    const NOW: &[&Declaration] = &[now::Book::DECLARATION];

    /// Returns a database with the former schema and some books.
    fn old() -> rusqlite::Connection {
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        migrate(&mut connection, BEFORE).unwrap();
        let insert = "INSERT INTO books (_id, tenant_id, created_at, updated_at, __v, title) VALUES (?1, 'a', 1, 1, 1, ?1)";
        for title in ["Emma", "Faust", "Ulysses"] {
            connection.execute(insert, [title]).unwrap();
        }
        connection
    }

    /// Returns the columns and indexes of a database, to compare schemas.
    fn schema(connection: &rusqlite::Connection) -> BTreeSet<String> {
        let text =
            "SELECT 'column ' || name || ' ' || type || ' ' || \"notnull\" || ' ' || pk FROM pragma_table_info('books')
            UNION ALL SELECT coalesce(sql, name) FROM sqlite_schema WHERE type = 'index'";
        let mut statement = connection.prepare(text).unwrap();
        statement
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    fn fresh() -> BTreeSet<String> {
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        migrate(&mut connection, NOW).unwrap();
        schema(&connection)
    }

    /// Fails if indexes are created before others of the same name are dropped.
    #[test]
    fn killed_behind_any_step_it_is_finished_by_the_next() {
        let all = steps(&old(), NOW).unwrap().len();
        assert_eq!(all, 6, "two columns, two indexes made, two dropped");
        for killed_behind in 0..=all {
            let mut connection = old();
            for step in &steps(&connection, NOW).unwrap()[..killed_behind] {
                step.run(&mut connection).unwrap();
            }
            migrate(&mut connection, NOW).unwrap();
            assert_eq!(
                schema(&connection),
                fresh(),
                "killed behind {killed_behind} steps"
            );
            assert!(
                steps(&connection, NOW).unwrap().is_empty(),
                "a second run finds nothing to do"
            );
            let books: i64 = connection
                .query_row("SELECT count(*) FROM books WHERE isbn IS NULL", [], |row| {
                    row.get(0)
                })
                .unwrap();
            assert_eq!(books, 3);
        }
    }

    /// Fails if a step does not check again which changes already exist.
    #[test]
    fn two_who_migrate_at_once_do_no_harm() {
        let mut connection = old();
        let ours = steps(&connection, NOW).unwrap();
        let theirs = steps(&connection, NOW).unwrap();
        for step in ours
            .iter()
            .zip(&theirs)
            .flat_map(|(ours, theirs)| [ours, theirs])
        {
            step.run(&mut connection).unwrap();
        }
        assert_eq!(schema(&connection), fresh());
    }

    #[test]
    fn commits_behind_it_are_synced_again() {
        let mut connection = old();
        connection
            .pragma_update(None, "synchronous", "FULL")
            .unwrap();
        migrate(&mut connection, NOW).unwrap();
        let synchronous: i64 = connection
            .pragma_query_value(None, "synchronous", |row| row.get(0))
            .unwrap();
        assert_eq!(synchronous, 2);
    }

    #[test]
    fn an_index_that_others_made_is_left_alone() {
        let mut connection = old();
        connection
            .execute_batch("CREATE INDEX mine ON books (title)")
            .unwrap();
        migrate(&mut connection, NOW).unwrap();
        assert!(schema(&connection).contains("CREATE INDEX mine ON books (title)"));
    }
}
