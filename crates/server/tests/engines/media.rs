//! Media storage of tests that are not about files.
#![expect(clippy::expect_used, reason = "a test stops where it goes wrong")]

use std::sync::LazyLock;

use domain::media::{Media, StorageQuota};
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a directory"));

/// Returns a storage that all tests of the process share.
pub fn media() -> Media {
    Media::open_folder(FOLDER.path(), StorageQuota::default()).expect("the folder opens")
}
