//! The client of `clamd` against the real scanner, with one signature of its own.
//!
//! `CAAS_CLAMD` names the program; otherwise it is looked for where Debian installs it.
//! Without it only the errors are tested here, and the protocol in the crate's unit tests.

#![expect(clippy::unwrap_used, reason = "a test stops where it goes wrong")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use bytes::Bytes;
use media::clamd::{Address, ScanError, ScanOptions, Verdict, scan};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The standard test file of virus scanners, in two parts so that this file is not one.
const EICAR: [&str; 2] = [
    r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-",
    "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
];

/// Signature of [`EICAR`]: MD5, size and name.
const SIGNATURE: &str = "44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test\n";

/// Scanner that runs while it is kept.
struct Scanner {
    _process: Child,
    folder: TempDir,
}

impl Scanner {
    async fn start(program: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("signatures")).unwrap();
        fs::write(path("signatures/test.hdb"), SIGNATURE).unwrap();
        let configuration = format!(
            "Foreground yes\nDatabaseDirectory {}\nLocalSocket {}\nStreamMaxLength 1M\n",
            path("signatures").display(),
            path("socket").display(),
        );
        fs::write(path("clamd.conf"), configuration).unwrap();
        let mut process = Command::new(program)
            .arg("--config-file")
            .arg(path("clamd.conf"))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let output = process.stdout.take().unwrap();
        let mut lines = BufReader::new(output).lines();
        // The last line before it serves.
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.starts_with("Self checking") {
                break;
            }
        }
        Self {
            _process: process,
            folder,
        }
    }

    async fn scan(&self, file: Bytes) -> Result<Verdict, ScanError> {
        let address = Address::Unix(self.folder.path().join("socket"));
        scan(&address, &file, ScanOptions::default()).await
    }
}

fn program() -> Option<PathBuf> {
    let named = std::env::var_os("CAAS_CLAMD").map(PathBuf::from);
    let usual = PathBuf::from("/usr/sbin/clamd");
    named.or_else(|| usual.exists().then_some(usual))
}

#[tokio::test]
async fn real_scanner_tells_clean_infected_and_too_large_apart() {
    let Some(program) = program() else {
        return;
    };
    let scanner = Scanner::start(&program).await;
    let clean = scanner.scan(Bytes::from_static(b"hello")).await;
    assert_eq!(clean.unwrap(), Verdict::Clean);
    let several_chunks = scanner.scan(Bytes::from(vec![b'x'; 200_000])).await;
    assert_eq!(several_chunks.unwrap(), Verdict::Clean);
    let infected = scanner.scan(Bytes::from(EICAR.concat())).await;
    let found = Verdict::Infected("Eicar-Test.UNOFFICIAL".to_owned());
    assert_eq!(infected.unwrap(), found);
    let large = scanner.scan(Bytes::from(vec![b'x'; 8 << 20])).await;
    assert!(matches!(large, Err(ScanError::TooLarge)), "{large:?}");
}

#[tokio::test]
async fn missing_scanner_is_an_error_worth_a_retry() {
    let address = Address::Unix("/missing/socket".into());
    let file = Bytes::from_static(b"hello");
    let error = scan(&address, &file, ScanOptions::default()).await;
    let error = error.unwrap_err();
    assert!(matches!(error, ScanError::Connection(_)), "{error}");
    assert!(error.is_transient());
}
