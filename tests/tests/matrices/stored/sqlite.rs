use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, Result};

use super::{SEEN, is_of_the_moment};

/// Every document of a data folder.
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
    let mut tables = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'")?;
    let tables: Vec<String> = tables
        .query_map([], |row| row.get(0))?
        .collect::<Result<_>>()?;
    let mut rows = Vec::new();
    for table in tables.iter().filter(|table| !is_of_the_moment(table)) {
        let mut statement = connection.prepare(&format!("SELECT * FROM \"{table}\""))?;
        let columns: Vec<usize> = statement
            .column_names()
            .iter()
            .enumerate()
            .filter(|(_, name)| **name != SEEN)
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
