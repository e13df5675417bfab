//! Export of a user's data as one archive, as the collection declarations define.

mod content;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use base::{Error, Id, IdOrExternalId, Result, TenantId, Timestamp, limit};
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use store::{Declaration, PersonalLine, Position, Row, TenantStore, Value};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use content::{Content, Piece};

use crate::media::FileStorage;
use crate::users::{User, resolve_even_deleted};

/// Minimum size of a chunk in bytes.
const MIN_CHUNK_BYTES: usize = 64 * 1_024;

/// A user's data as a ZIP archive: one file of JSON lines per collection that refers to the user, the
/// files that the user uploaded, then `manifest.json`. Generated while it is read, one page of documents at a time.
pub struct Archive {
    tenant: TenantStore,
    lines: std::vec::IntoIter<PersonalLine>,
    /// The collection being written, and the position of its last document.
    present: Option<(PersonalLine, Option<Position>)>,
    /// Uploaded files, which follow the documents.
    content: Content,
    manifest: Manifest,
    /// Absent once the archive is complete.
    zip: Option<ZipWriter<StreamWriter<Sink>>>,
    sink: Sink,
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Archive of {}", self.manifest.user_id)
    }
}

impl Archive {
    /// Starts the archive of a user; includes deleted users.
    ///
    /// # Errors
    /// 404 `user_not_found`.
    pub async fn begin(
        tenant: &TenantStore,
        storage: &FileStorage,
        named: &IdOrExternalId<User>,
    ) -> Result<Self> {
        let user_id = resolve_even_deleted(tenant, named).await?.id;
        let mut lines = PersonalLine::of(&crate::catalogue());
        // Further lines find other users' documents that mention the user, such as notes and
        // blocks.
        lines.retain(|line| line.finds() && line.is_first() && line.said().exported);
        let sink = Sink::default();
        let tenant_id = tenant.id();
        let created_at = tenant.context().now();
        let manifest = Manifest {
            tenant_id,
            user_id,
            created_at,
            files: Vec::new(),
            uploads: 0,
        };
        let zip = Some(ZipWriter::new_stream(sink.clone()));
        Ok(Self {
            tenant: tenant.clone(),
            lines: lines.into_iter(),
            present: None,
            content: Content::new(storage.clone(), user_id),
            manifest,
            zip,
            sink,
        })
    }

    /// Returns the suggested file name.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("user-{}.zip", self.manifest.user_id)
    }

    /// Returns the next chunk; `None` at the end.
    ///
    /// # Errors
    /// When the store is unavailable; the archive is then incomplete.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        while self.write_some().await? {
            if let Some(bytes) = self.sink.take(MIN_CHUNK_BYTES) {
                return Ok(Some(bytes));
            }
        }
        Ok(self.sink.take(0))
    }

    /// Writes a page of the current file, starts the next file, or completes the archive. Returns
    /// false if it was already complete.
    pub(super) async fn write_some(&mut self) -> Result<bool> {
        if self.zip.is_none() {
            return Ok(false);
        }
        match self.present.take() {
            Some((line, after)) => self.write_page(line, after).await?,
            None => match self.lines.next() {
                Some(line) => self.begin_file(line)?,
                None => self.write_content().await?,
            },
        }
        Ok(true)
    }

    /// Returns the last document written to an incomplete file.
    #[cfg(test)]
    pub(super) fn last_written(&self, collection: &str) -> Option<base::ObjectId> {
        let (line, after) = self.present.as_ref()?;
        after
            .as_ref()
            .filter(|_| line.declaration().name == collection)
            .map(|after| after.id)
    }

    fn begin_file(&mut self, line: PersonalLine) -> Result<()> {
        let collection = line.declaration().name;
        let field = line.said().field;
        let name = format!("{collection}.jsonl");
        self.start(&name)?;
        let meaning = line.declaration().meaning.trim();
        self.manifest.files.push(File {
            name,
            collection,
            field,
            meaning,
            documents: 0,
        });
        self.present = Some((line, None));
        Ok(())
    }

    async fn write_page(&mut self, found_by: PersonalLine, after: Option<Position>) -> Result<()> {
        let user = self.manifest.user_id.object_id();
        let found = self
            .tenant
            .personal_rows(found_by, user, after, limit::EXPORT_DOCUMENTS)
            .await?;
        for row in &found.rows {
            let text = line(found_by.declaration(), row)?;
            self.zip()?
                .write_all(text.as_bytes())
                .map_err(Error::internal)?;
        }
        if let Some(file) = self.manifest.files.last_mut() {
            file.documents += found.rows.len();
        }
        self.present = found.next.map(|next| (found_by, Some(next)));
        Ok(())
    }

    /// Writes a piece of an uploaded file, or completes the archive after the last one.
    async fn write_content(&mut self) -> Result<()> {
        match self.content.next(&self.tenant).await? {
            Some(Piece::Begin(name)) => {
                self.manifest.uploads += 1;
                self.start(&name)
            }
            Some(Piece::Bytes(bytes)) => self.zip()?.write_all(&bytes).map_err(Error::internal),
            None => self.end(),
        }
    }

    fn end(&mut self) -> Result<()> {
        self.start("manifest.json")?;
        let text = serde_json::to_vec_pretty(&self.manifest).map_err(Error::internal)?;
        self.zip()?.write_all(&text).map_err(Error::internal)?;
        let zip = self
            .zip
            .take()
            .ok_or_else(|| Error::internal(AlreadyComplete))?;
        zip.finish().map(drop).map_err(Error::internal)
    }

    fn start(&mut self, name: &str) -> Result<()> {
        // The size is unknown before the file is written.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .large_file(true);
        self.zip()?
            .start_file(name, options)
            .map_err(Error::internal)
    }

    fn zip(&mut self) -> Result<&mut ZipWriter<StreamWriter<Sink>>> {
        self.zip
            .as_mut()
            .ok_or_else(|| Error::internal(AlreadyComplete))
    }
}

/// Write to a completed archive.
#[derive(Debug, thiserror::Error)]
#[error("the archive is already complete")]
struct AlreadyComplete;

/// Serializes a stored document as one line of JSON with all fields.
fn line(declaration: &Declaration, row: &Row) -> Result<String> {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Option<Json>| {
        if let Some(value) = value {
            shown.insert(name.to_owned(), value);
        }
    };
    put("id", Some(row.id.to_string().into()));
    for (field, value) in declaration.fields.iter().zip(&row.values) {
        put(field.name, value.as_ref().map(json).transpose()?);
    }
    put("created_at", Some(row.created_at.to_string().into()));
    put("updated_at", Some(row.updated_at.to_string().into()));
    put(
        "deleted_at",
        row.deleted_at.map(|time| time.to_string().into()),
    );
    put("deleted_by", row.deleted_by.map(|id| id.to_string().into()));
    put("version", Some(row.version.into()));
    Ok(Json::Object(shown).to_string() + "\n")
}

fn json(value: &Value) -> Result<Json> {
    Ok(match value {
        Value::Bool(truth) => (*truth).into(),
        Value::Int(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Text(text) => (&**text).into(),
        Value::Id(id) => id.to_string().into(),
        Value::Time(time) => time.to_string().into(),
        Value::Json(text) => serde_json::from_str(text).map_err(Error::internal)?,
        Value::AssignedSeq | Value::AssignedTime => Json::Null,
    })
}

/// Content of `manifest.json`, the last file. An archive without it is incomplete.
#[derive(Debug, Clone, Serialize)]
struct Manifest {
    /// The tenant of the user.
    tenant_id: TenantId,
    /// The user.
    user_id: Id<User>,
    /// Start time of the export.
    created_at: Timestamp,
    /// The files with documents, in order.
    files: Vec<File>,
    /// Number of uploaded files, whose content is below `files/`.
    uploads: usize,
}

/// A file with one document per line.
#[derive(Debug, Clone, Serialize)]
struct File {
    /// File name in the archive.
    name: String,
    /// The collection.
    collection: &'static str,
    /// The field that refers to the user.
    field: &'static str,
    /// Description of the collection.
    meaning: &'static str,
    /// Number of documents.
    documents: usize,
}

/// Buffer for bytes that have not been read.
#[derive(Debug, Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    /// Returns the buffered bytes if there are at least `least`.
    fn take(&self, least: usize) -> Option<Vec<u8>> {
        let mut buffer = self.0.lock();
        (buffer.len() >= least.max(1)).then(|| std::mem::take(&mut *buffer))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
