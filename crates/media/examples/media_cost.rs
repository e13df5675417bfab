//! Prints what a thumbnail costs: time, memory of the worker, and the cost of a worker itself.
//!
//! Run it with `cargo run --release -p media --example media_cost`, after building the example
//! `media_worker` the same way.

use std::error::Error;
use std::io::{Cursor, Write};
use std::time::Instant;
use std::{env, fs, io};

use bytes::Bytes;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use media::{ProcessOptions, WorkerOptions, WorkerPool};

const REPEATS: usize = 20;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let worker = env::current_exe()?.with_file_name("media_worker");
    let options = WorkerOptions {
        arguments: Vec::new(),
        workers: 1,
        ..WorkerOptions::new(worker)
    };
    let large = photograph(4000, 3000);
    let files = [
        (
            "1 x 1 PNG",
            "image/png",
            encode(&photograph(1, 1), ImageFormat::Png)?,
        ),
        (
            "12-megapixel JPEG",
            "image/jpeg",
            encode(&large, ImageFormat::Jpeg)?,
        ),
        (
            "12-megapixel PNG",
            "image/png",
            encode(&large, ImageFormat::Png)?,
        ),
    ];
    for (name, kind, file) in files {
        // A new pool, so that the memory is that of this file.
        let pool = WorkerPool::new(options.clone());
        let mut times = Vec::new();
        for _ in 0..=REPEATS {
            let started = Instant::now();
            let done = pool.process(kind, &file, ProcessOptions::default()).await?;
            times.push((
                started.elapsed().as_secs_f64() * 1000.0,
                done.variants.len(),
            ));
        }
        let (first, variants) = times.remove(0);
        times.sort_by(|one, other| one.0.total_cmp(&other.0));
        let memory = peak_memory(&pool)?;
        let cpu = cpu_milliseconds(&pool)? / (REPEATS as u64 + 1);
        writeln!(
            io::stdout(),
            "{name}, {} KiB, {variants} variants: first {first:.1} ms, then median {:.1} ms \
             (from {:.1} to {:.1}), CPU {cpu} ms each, {memory}",
            file.len() / 1024,
            times[REPEATS / 2].0,
            times[0].0,
            times[REPEATS - 1].0,
        )?;
    }
    Ok(())
}

/// Returns the worker's peak memory as the kernel reports it.
fn peak_memory(pool: &WorkerPool) -> io::Result<String> {
    let worker = pool.idle_processes();
    let id = worker.first().ok_or(io::ErrorKind::NotFound)?;
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let lines = status.lines();
    let peaks = lines.filter(|line| line.starts_with("VmHWM") || line.starts_with("VmPeak"));
    Ok(peaks.collect::<Vec<_>>().join(", ").replace('\t', " "))
}

/// Returns the worker's CPU time, in steps of 10 ms.
fn cpu_milliseconds(pool: &WorkerPool) -> io::Result<u64> {
    const TICK_MS: u64 = 10;
    let worker = pool.idle_processes();
    let id = worker.first().ok_or(io::ErrorKind::NotFound)?;
    let status = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // User and system time are the fields 14 and 15.
    let ticks = status.split(' ').skip(13).take(2);
    let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Ok(ticks * TICK_MS)
}

/// Returns gradients with noise, which compress about as a photograph does.
fn photograph(width: u32, height: u32) -> DynamicImage {
    let mut random = 1_u32;
    let image = RgbImage::from_fn(width, height, |x, y| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = random >> 28;
        let channel = |value: u32| u8::try_from((value + noise) % 256).unwrap_or(0);
        Rgb([
            channel(x * 240 / width),
            channel(y * 240 / height),
            channel((x + y) * 120 / (width + height)),
        ])
    });
    DynamicImage::from(image)
}

fn encode(image: &DynamicImage, format: ImageFormat) -> Result<Bytes, image::ImageError> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format)?;
    Ok(bytes.into_inner().into())
}
