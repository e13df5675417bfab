use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, Result};

use super::{LAST_SEEN, is_transient};

/// Returns every document of a data directory.
pub async fn everything(folder: PathBuf) -> BTreeSet<String> {
    let read = move || {
        files(&folder)
            .iter()
            .flat_map(|file| rows_of(file).expect("a file of the store"))
            .collect()
    };
    tokio::task::spawn_blocking(read)
        .await
        .expect("the files can be read")
}

/// Returns the names of the tables that have a row.
pub async fn collections(folder: PathBuf) -> BTreeSet<String> {
    let read = move || {
        files(&folder)
            .iter()
            .flat_map(|file| filled_tables(file).expect("a file of the store"))
            .collect()
    };
    tokio::task::spawn_blocking(read)
        .await
        .expect("the files can be read")
}

fn filled_tables(file: &Path) -> Result<Vec<String>> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut filled = tables(&connection)?;
    filled.retain(|table| {
        let first = format!("SELECT 1 FROM \"{table}\" LIMIT 1");
        connection.query_row(&first, [], |_| Ok(())).is_ok()
    });
    Ok(filled)
}

fn tables(connection: &Connection) -> Result<Vec<String>> {
    connection
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")?
        .query_map([], |row| row.get(0))?
        .collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let listed = |folder: PathBuf| std::fs::read_dir(folder).into_iter().flatten().flatten();
    let all = listed(folder.to_owned())
        .chain(listed(folder.join("pro")))
        .map(|entry| entry.path());
    all.filter(|path| path.extension().is_some_and(|extension| extension == "db"))
        .collect()
}

fn rows_of(file: &Path) -> Result<Vec<String>> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut rows = Vec::new();
    for table in tables(&connection)?
        .iter()
        .filter(|table| !is_transient(table))
    {
        let mut statement = connection.prepare(&format!("SELECT * FROM \"{table}\""))?;
        let columns: Vec<usize> = statement
            .column_names()
            .iter()
            .enumerate()
            .filter(|(_, name)| **name != LAST_SEEN)
            .map(|(at, _)| at)
            .collect();
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let values: Result<Vec<_>> = columns
                .iter()
                .map(|at| row.get::<_, rusqlite::types::Value>(*at))
                .collect();
            rows.push(format!("{table} {:?}", values?));
        }
    }
    Ok(rows)
}
