//! Fuzz targets: files with random changes, processed by a worker.
//!
//! Each target runs a few inputs as an ordinary test; `cargo bolero test` runs it for longer.

use std::panic::RefUnwindSafe;

use image::ImageFormat;
use media::WorkerPool;
use tokio::runtime::{Builder, Runtime};

use crate::recordings::sample;
use crate::samples;
use crate::support::{pool, process};

/// Inputs of one target in an ordinary test run.
const INPUTS: usize = 50;

/// Bytes at the start of a file that are changed: there are the headers.
const REACH: usize = 2048;

struct Target {
    runtime: Runtime,
    pool: WorkerPool,
    kind: &'static str,
    file: Vec<u8>,
}

/// A panic ends the test, so no input sees what it left behind.
impl RefUnwindSafe for Target {}

impl Target {
    fn new(kind: &'static str, file: Vec<u8>) -> Self {
        Self {
            runtime: Builder::new_current_thread().enable_all().build().unwrap(),
            pool: pool(),
            kind,
            file,
        }
    }

    /// Changes bytes of the file, cuts it, and checks that only the file is to blame.
    fn run(&self, changes: &[(u16, u8)], cut: u16) {
        let mut file = self.file.clone();
        let reach = file.len().min(REACH);
        for (at, value) in changes {
            file[usize::from(*at) % reach] = *value;
        }
        if cut.is_multiple_of(4) {
            file.truncate(usize::from(cut) % file.len());
        }
        let done = self.runtime.block_on(process(&self.pool, self.kind, &file));
        if let Err(error) = done {
            assert!(!error.is_transient(), "{error}");
        }
    }
}

macro_rules! targets {
    ($($name:ident: $kind:literal, $file:expr;)+) => {$(
        #[test]
        fn $name() {
            let target = Target::new($kind, $file);
            bolero::check!()
                .with_iterations(INPUTS)
                .with_type::<(Vec<(u16, u8)>, u16)>()
                .for_each(|(changes, cut)| target.run(changes, *cut));
        }
    )+};
}

fn webp() -> Vec<u8> {
    let webp = samples::encode(samples::quarters(90, 60), ImageFormat::WebP);
    samples::webp_with_metadata(&webp, 90, 60, 6)
}

targets! {
    jpeg: "image/jpeg", samples::jpeg_with_metadata(&samples::jpeg(90, 60), 6);
    png: "image/png", samples::png_with_metadata(&samples::png(90, 60), 6);
    gif: "image/gif", samples::animated_gif(90, 60);
    webp_lossless: "image/webp", webp();
    webp_lossy: "image/webp", sample("lossy.webp");
    wav: "audio/wav", samples::wav(1);
    mp3: "audio/mpeg", sample("tone.mp3");
    m4a: "audio/mp4", sample("tone.m4a");
    aac: "audio/aac", sample("tone.aac");
    vorbis: "audio/ogg", sample("tone.ogg");
    opus: "audio/ogg", sample("tone.opus");
    flac: "audio/flac", sample("tone.flac");
    webm: "video/webm", sample("video.webm");
    mp4: "video/mp4", sample("video.mp4");
    pdf: "application/pdf", samples::pdf(3);
}
