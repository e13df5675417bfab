//! Damaged files and bombs. Whatever a worker makes of them, the pool processes the next file.

use image::ImageFormat;
use media::{ProcessError, Processed, WorkerPool};

use crate::recordings::sample;
use crate::samples;
use crate::support::{pool, process};

fn corpus() -> Vec<(&'static str, Vec<u8>)> {
    let webp = samples::encode(samples::quarters(90, 60), ImageFormat::WebP);
    vec![
        (
            "image/jpeg",
            samples::jpeg_with_metadata(&samples::jpeg(90, 60), 6),
        ),
        (
            "image/png",
            samples::png_with_metadata(&samples::png(90, 60), 6),
        ),
        ("image/gif", samples::animated_gif(90, 60)),
        ("image/webp", samples::webp_with_metadata(&webp, 90, 60, 6)),
        ("image/webp", sample("lossy.webp")),
        ("audio/wav", samples::wav(1)),
        ("audio/mpeg", sample("tone.mp3")),
        ("audio/mp4", sample("tone.m4a")),
        ("audio/aac", sample("tone.aac")),
        ("audio/ogg", sample("tone.ogg")),
        ("audio/ogg", sample("tone.opus")),
        ("audio/flac", sample("tone.flac")),
        ("audio/webm", sample("live.webm")),
        ("video/mp4", sample("video.mp4")),
        ("video/webm", sample("video.webm")),
        ("application/pdf", samples::pdf(3)),
    ]
}

/// Processes a damaged file; only an error of the file itself is allowed.
async fn try_process(pool: &WorkerPool, kind: &str, file: &[u8]) -> Result<Processed, String> {
    process(pool, kind, file).await.map_err(|error| {
        assert!(!error.is_transient(), "{kind}: {error}");
        error.to_string()
    })
}

/// Checks that the pool still processes files.
async fn assert_works(pool: &WorkerPool) {
    let done = process(pool, "image/png", &samples::png(10, 10)).await;
    assert_eq!(done.unwrap().width, Some(10));
}

#[tokio::test]
async fn truncated_files_fail_alone() {
    let pool = pool();
    for (kind, file) in corpus() {
        for part in 0..16 {
            let _ = try_process(&pool, kind, &file[..file.len() * part / 16]).await;
        }
    }
    assert_works(&pool).await;
}

#[tokio::test]
async fn files_with_changed_bytes_fail_alone() {
    let pool = pool();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random >> 16).unwrap()
    };
    for (kind, file) in corpus() {
        for _ in 0..24 {
            let mut damaged = file.clone();
            for _ in 0..=next() % 8 {
                // Headers are at the start.
                let reach = if next() % 2 == 0 { 512 } else { file.len() };
                let at = next() % reach.min(file.len());
                damaged[at] = u8::try_from(next() % 256).unwrap();
            }
            let _ = try_process(&pool, kind, &damaged).await;
        }
    }
    assert_works(&pool).await;
}

#[tokio::test]
async fn file_of_another_type_is_an_error() {
    let pool = pool();
    let zeros = vec![0; 100_000];
    let kinds = ["image/jpeg", "image/png", "image/gif", "image/webp"];
    for kind in kinds {
        for file in [b"hello".as_slice(), b"", &zeros] {
            let error = process(&pool, kind, file).await.unwrap_err();
            assert!(
                matches!(error, ProcessError::Malformed(_)),
                "{kind}: {error}"
            );
        }
    }
    assert_eq!(pool.idle_processes().len(), 1);
}

#[tokio::test]
async fn image_of_too_many_pixels_has_dimensions_only() {
    let file = samples::png_of(20_000, 20_000, &samples::deflated_zeros(382));
    let pool = pool();
    let done = process(&pool, "image/png", &file).await.unwrap();
    assert_eq!((done.width, done.height), (Some(20_000), Some(20_000)));
    assert_eq!(done.variants, []);
}

#[tokio::test]
async fn image_of_a_too_long_side_is_too_large() {
    let pool = pool();
    let png = samples::png_of(60_000, 60_000, &samples::deflated_zeros(1));
    let mut jpeg = samples::jpeg(16, 16);
    let at = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]);
    let size = at.unwrap() + 5..at.unwrap() + 9;
    jpeg[size].copy_from_slice(&[0xff, 0xdc, 0xff, 0xdc]);
    let mut gif = samples::animated_gif(16, 16);
    gif[6..10].copy_from_slice(&[0xff; 4]);
    for (kind, file) in [("image/png", png), ("image/jpeg", jpeg), ("image/gif", gif)] {
        let error = process(&pool, kind, &file).await.unwrap_err();
        assert!(matches!(error, ProcessError::TooLarge), "{kind}: {error}");
    }
    assert_eq!(pool.idle_processes().len(), 1);
}

#[tokio::test]
async fn bombs_stay_within_the_bounds() {
    let pool = pool();
    let zeros = samples::deflated_zeros(500);
    // More content than the header announces.
    let long_png = samples::png_of(100, 100, &zeros);
    let mut profile_png = samples::png(16, 16);
    let mut profile = Vec::new();
    samples::chunk(
        &mut profile,
        *b"iCCP",
        &[b"p\0\0".as_slice(), &zeros].concat(),
    );
    profile_png.splice(33..33, profile);
    // A frame far larger than the canvas.
    let mut gif = samples::animated_gif(16, 16);
    let frame = gif.iter().position(|byte| *byte == 0x2c).unwrap();
    gif[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    // Millions of pixels with hardly any content.
    let mut jpeg = samples::jpeg(16, 16);
    let at = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]);
    let size = at.unwrap() + 5..at.unwrap() + 9;
    let [a, b] = 200_u16.to_be_bytes();
    let [c, d] = 30_000_u16.to_be_bytes();
    jpeg[size].copy_from_slice(&[a, b, c, d]);
    let deep_pdf = [b"%PDF-1.4\n1 0 obj\n".as_slice(), &vec![b'['; 1 << 20]].concat();
    let cyclic_pdf = String::from_utf8(samples::pdf(1)).unwrap();
    let cyclic_pdf = cyclic_pdf.replace("/Kids[3 0 R ]", "/Kids[2 0 R ]");
    let mut entries_mp4 = sample("video.mp4");
    for kind in [b"stts", b"stsz", b"stco", b"stsc", b"ctts", b"stss"] {
        for at in 0..entries_mp4.len() - 16 {
            if &entries_mp4[at..at + 4] == kind {
                entries_mp4[at + 8..at + 12].fill(0xff);
                entries_mp4[at + 12..at + 16].fill(0x7f);
            }
        }
    }
    let files = [
        ("image/png", long_png),
        ("image/png", profile_png),
        ("image/gif", gif),
        ("image/jpeg", jpeg),
        ("application/pdf", deep_pdf),
        ("application/pdf", cyclic_pdf.into_bytes()),
        ("video/mp4", entries_mp4),
    ];
    for (kind, file) in files {
        let _ = try_process(&pool, kind, &file).await;
        assert_works(&pool).await;
    }
}

#[tokio::test]
async fn file_above_the_bound_on_bytes_is_too_large() {
    let pool = pool();
    let long = vec![0; base::limit::MEDIA_IMAGE_BYTES + 1];
    for kind in ["image/jpeg", "application/pdf"] {
        let error = process(&pool, kind, &long).await.unwrap_err();
        assert!(matches!(error, ProcessError::TooLarge), "{kind}: {error}");
    }
}
