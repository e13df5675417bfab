use std::path::Path;

use media::{ProcessError, Processed, WAVEFORM_BARS};

use crate::samples;
use crate::support::{pool, process};

pub fn sample(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    std::fs::read(folder.join(name)).unwrap()
}

/// Checks a tone of two seconds that grows louder.
fn assert_tone(name: &str, done: &Processed) {
    let duration = done.duration_ms.unwrap();
    assert!((1_950..=2_150).contains(&duration), "{name}: {duration} ms");
    let bars = done.waveform.as_ref().unwrap();
    assert_eq!(bars.len(), WAVEFORM_BARS);
    let (first, last) = bars.split_at(WAVEFORM_BARS / 2);
    let sum = |bars: &[u8]| bars.iter().map(|bar| u32::from(*bar)).sum::<u32>();
    assert!(bars.contains(&255), "{name}");
    assert!(sum(first) * 2 < sum(last), "{name}: {bars:?}");
}

#[tokio::test]
async fn audio_has_duration_and_waveform() {
    let pool = pool();
    let files = [
        ("audio/mpeg", "tone.mp3"),
        ("audio/mp4", "tone.m4a"),
        ("audio/aac", "tone.aac"),
        ("audio/ogg", "tone.ogg"),
        ("audio/flac", "tone.flac"),
    ];
    for (kind, name) in files {
        let file = sample(name);
        assert_eq!(media::sniff(&file), Some(kind), "{name}");
        let done = process(&pool, kind, &file).await.unwrap();
        assert_tone(name, &done);
    }
    let done = process(&pool, "audio/wav", &samples::wav(2)).await.unwrap();
    assert_tone("wav", &done);
}

#[tokio::test]
async fn opus_has_a_duration_only() {
    let pool = pool();
    for (kind, name) in [("audio/ogg", "tone.opus"), ("audio/webm", "live.webm")] {
        let done = process(&pool, kind, &sample(name)).await.unwrap();
        let duration = done.duration_ms.unwrap();
        assert!((1_950..=2_150).contains(&duration), "{name}: {duration} ms");
        assert_eq!(done.waveform, None);
    }
}

#[tokio::test]
async fn video_has_duration_and_dimensions() {
    let pool = pool();
    for (kind, name) in [("video/mp4", "video.mp4"), ("video/webm", "video.webm")] {
        let done = process(&pool, kind, &sample(name)).await.unwrap();
        let duration = done.duration_ms.unwrap();
        assert!((1_950..=2_150).contains(&duration), "{name}: {duration} ms");
        assert_eq!((done.width, done.height), (Some(96), Some(64)), "{name}");
        assert_eq!(done.waveform, None);
    }
}

#[tokio::test]
async fn turned_video_has_the_dimensions_of_its_display() {
    let mut file = sample("video.mp4");
    let at = file.windows(4).position(|kind| kind == b"tkhd").unwrap();
    let quarter = [0_u32, 0x1_0000, 0, 0xffff_0000]
        .map(u32::to_be_bytes)
        .concat();
    file[at + 44..at + 60].copy_from_slice(&quarter);
    let done = process(&pool(), "video/mp4", &file).await.unwrap();
    assert_eq!((done.width, done.height), (Some(64), Some(96)));
}

#[tokio::test]
async fn wave_file_has_the_duration_of_its_samples_whatever_it_claims() {
    let mut file = samples::wav(2);
    file[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
    file[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let done = process(&pool(), "audio/wav", &file).await.unwrap();
    assert_tone("wav", &done);
}

#[tokio::test]
async fn pages_of_a_pdf_are_counted() {
    let pool = pool();
    let done = process(&pool, "application/pdf", &samples::pdf(3)).await;
    assert_eq!(done.unwrap().pages, Some(3));
    let error = process(&pool, "application/pdf", b"%PDF-1.7\n").await;
    assert!(matches!(error, Err(ProcessError::Malformed(_))));
}
