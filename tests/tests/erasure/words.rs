//! Searches for a word in all stored data, without the server.

use std::path::{Path, PathBuf};

use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use testkit::ServerProcess;

/// Returns where the word is found.
///
/// On the embedded engine, searches the bytes of every file after a clean shutdown, including
/// free pages. On `MongoDB`, searches the documents of every collection.
pub async fn left(caas: &mut ServerProcess, word: &str) -> Vec<String> {
    if let Some((uri, prefix)) = caas.data_dir().mongodb() {
        return in_documents(uri, prefix, word).await;
    }
    assert!(caas.stop().await, "the server stops in peace");
    let found = files(caas.data_dir().path())
        .into_iter()
        .filter(|file| holds(file, word));
    let found = found.map(|file| file.display().to_string()).collect();
    caas.run().await;
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

fn holds(file: &Path, word: &str) -> bool {
    let bytes = std::fs::read(file).unwrap_or_default();
    bytes
        .windows(word.len())
        .any(|window| window == word.as_bytes())
}

async fn in_documents(uri: &str, prefix: &str, word: &str) -> Vec<String> {
    let client = mongodb::Client::with_uri_str(uri)
        .await
        .expect("the address of a replica set");
    let mut found = Vec::new();
    for name in client
        .list_database_names()
        .await
        .expect("names")
        .iter()
        .filter(|name| name.starts_with(prefix))
    {
        let database = client.database(name);
        for collection in database.list_collection_names().await.expect("names") {
            let all = database
                .collection::<Document>(&collection)
                .find(doc! {})
                .await
                .expect("documents");
            let all: Vec<Document> = all.try_collect().await.expect("documents");
            found.extend(
                all.iter()
                    .map(ToString::to_string)
                    .filter(|text| text.contains(word)),
            );
        }
    }
    found
}
