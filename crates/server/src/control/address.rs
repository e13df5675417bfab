use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// Bytes that the address of a Unix socket has room for, without the final zero.
const ADDRESS_BYTES: usize = 107;

/// The control socket of a data folder, however long the folder's path is.
pub(super) struct Address {
    file: PathBuf,
    /// A path of the same socket that fits into an address.
    short: PathBuf,
    /// Keeps the short path valid.
    _folder: Option<File>,
}

impl Address {
    /// Returns the address of a folder's socket. A long path is replaced by
    /// one through a handle of the folder.
    ///
    /// # Errors
    /// What the system says when the folder cannot be opened.
    pub(super) fn of(folder: &Path) -> io::Result<Self> {
        let file = folder.join("control.sock");
        if file.as_os_str().len() <= ADDRESS_BYTES {
            return Ok(Self {
                short: file.clone(),
                file,
                _folder: None,
            });
        }
        let handle = File::open(folder)?;
        let short = PathBuf::from(format!("/proc/self/fd/{}/control.sock", handle.as_raw_fd()));
        Ok(Self {
            file,
            short,
            _folder: Some(handle),
        })
    }

    /// The file of the socket.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Listens on the socket.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn bind(&self) -> io::Result<UnixListener> {
        UnixListener::bind(&self.short)
    }

    /// Connects to the server that listens on the socket.
    ///
    /// # Errors
    /// What the system says, which includes that no server listens.
    pub(super) async fn connect(&self) -> io::Result<UnixStream> {
        UnixStream::connect(&self.short).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_of_any_length_has_a_socket() {
        let home = tempfile::tempdir().unwrap();
        for length in [1, 95, 200] {
            let folder = home.path().join("d".repeat(length));
            std::fs::create_dir(&folder).unwrap();
            let address = Address::of(&folder).unwrap();
            let _listener = address.bind().unwrap();
            assert!(folder.join("control.sock").exists());
            assert!(Address::of(&folder).unwrap().connect().await.is_ok());
        }
    }
}
