use std::fmt;
use std::io::Write;

use base::{Error, IdOrExternalId, Result, limit};
use store::{PersonalLine, Position, TenantStore};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::document::line;
use super::manifest::{File, Manifest};
use super::sink::Sink;
use crate::users::{User, resolve_even_deleted};

/// Bytes that are handed on together.
const WORTHWHILE: usize = 64 * 1_024;

/// Everything about a user as a zip: a file of JSON lines for each collection
/// that names them, and at the end `manifest.json`. It is made while it is
/// read, a page of documents at a time.
pub struct Archive {
    tenant: TenantStore,
    lines: std::vec::IntoIter<PersonalLine>,
    /// What is being written, and where its last document stands.
    present: Option<(PersonalLine, Option<Position>)>,
    manifest: Manifest,
    /// Absent once the archive is whole.
    zip: Option<ZipWriter<StreamWriter<Sink>>>,
    sink: Sink,
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Archive of {}", self.manifest.user_id)
    }
}

impl Archive {
    /// Begins the archive of a user, a deleted one too.
    ///
    /// # Errors
    /// 404 `user_not_found`.
    pub async fn begin(tenant: &TenantStore, named: &IdOrExternalId<User>) -> Result<Self> {
        let user_id = resolve_even_deleted(tenant, named).await?.id;
        let mut lines = PersonalLine::of(&crate::catalogue());
        // By a further line others' documents are found that mention the user: their remarks, their blocks.
        lines.retain(|line| line.finds() && line.is_first() && line.said().exported);
        let sink = Sink::default();
        let tenant_id = tenant.id();
        let created_at = tenant.context().now();
        let manifest = Manifest {
            tenant_id,
            user_id,
            created_at,
            files: Vec::new(),
        };
        let zip = Some(ZipWriter::new_stream(sink.clone()));
        Ok(Self {
            tenant: tenant.clone(),
            lines: lines.into_iter(),
            present: None,
            manifest,
            zip,
            sink,
        })
    }

    /// What a copy of it may be called.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("user-{}.zip", self.manifest.user_id)
    }

    /// The next bytes; `None` behind the last.
    ///
    /// # Errors
    /// When the store cannot answer: the archive stays without its end.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        while self.write_some().await? {
            if let Some(bytes) = self.sink.take(WORTHWHILE) {
                return Ok(Some(bytes));
            }
        }
        Ok(self.sink.take(0))
    }

    /// Writes a page of the present file, begins the next one, or ends; says
    /// whether the archive was not whole before.
    pub(super) async fn write_some(&mut self) -> Result<bool> {
        if self.zip.is_none() {
            return Ok(false);
        }
        match self.present.take() {
            Some((line, after)) => self.write_page(line, after).await?,
            None => match self.lines.next() {
                Some(line) => self.begin_file(line)?,
                None => self.end()?,
            },
        }
        Ok(true)
    }

    /// The last document written of a file that is not at its end.
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

    fn end(&mut self) -> Result<()> {
        self.start("manifest.json")?;
        let text = serde_json::to_vec_pretty(&self.manifest).map_err(Error::internal)?;
        self.zip()?.write_all(&text).map_err(Error::internal)?;
        let zip = self.zip.take().ok_or_else(|| Error::internal(Ended))?;
        zip.finish().map(drop).map_err(Error::internal)
    }

    fn start(&mut self, name: &str) -> Result<()> {
        // A file's size is not known before it is written.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .large_file(true);
        self.zip()?
            .start_file(name, options)
            .map_err(Error::internal)
    }

    fn zip(&mut self) -> Result<&mut ZipWriter<StreamWriter<Sink>>> {
        self.zip.as_mut().ok_or_else(|| Error::internal(Ended))
    }
}

/// Says that an archive was written to behind its end.
#[derive(Debug, thiserror::Error)]
#[error("the archive has ended")]
struct Ended;
