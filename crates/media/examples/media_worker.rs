//! Worker of the tests, with planted faults.

use std::io::Write;
use std::net::TcpListener;
use std::process::ExitCode;
use std::{env, fs, io, process, thread};

fn main() -> ExitCode {
    media::worker::run_with(plant)
}

/// Misbehaves for a content type of the form `planted/…`, inside the worker's bounds.
fn plant(media_type: &str) {
    match media_type {
        "planted/spin" => loop {
            std::hint::spin_loop();
        },
        "planted/sleep" => thread::park(),
        "planted/allocate" => {
            let gigabyte = vec![1_u8; 1 << 30];
            std::hint::black_box(&gigabyte);
        }
        "planted/exit" => process::exit(0),
        "planted/garbage" => send(&[0xff; 64]),
        // A read request for a range outside the file.
        "planted/range" => send(b"\0\0\0\x0c\x0a\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\x01"),
        "planted/result" => {
            let summary = r#"{"variants":[],"stripped":1000000000000}"#;
            send(&[0, 0, 0, u8::try_from(summary.len()).unwrap_or(0), 11]);
            send(summary.as_bytes());
        }
        "planted/escape" => {
            // Each of these must fail; a panic reports the one that does not.
            assert!(fs::File::open("/dev/null").is_err(), "opened a file");
            assert!(TcpListener::bind("127.0.0.1:0").is_err(), "opened a socket");
            // The kernel does not count the processes of root, but no program can be loaded.
            let status = process::Command::new("/bin/true").status();
            assert!(
                !status.is_ok_and(|status| status.success()),
                "ran a program"
            );
            assert_eq!(env::vars_os().count(), 0, "has an environment");
        }
        _ => {}
    }
}

fn send(bytes: &[u8]) {
    let mut output = io::stdout();
    let _ = output.write_all(bytes).and_then(|()| output.flush());
}
