//! The sample "Download Progress Indicator": shows how far a download is.
//!
//! `cargo run --example download_progress -- [URL [FILE]]`
//!
//! On a terminal one line is written over and over; elsewhere a plain line is printed for every
//! tenth of the download.
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

mod fixture;

use std::io::{IsTerminal, Write};
use std::sync::Mutex;

use system_net::{DownloadProgressChangedEventArgs, WebClient, WebError};

fn main() -> Result<(), WebError> {
    let url = fixture::address("/large.bin");

    let client = WebClient::new();
    let terminal = std::io::stdout().is_terminal();
    let shown = Mutex::new(0);
    let _subscription = client.on_download_progress_changed(move |progress| {
        let mut shown = shown.lock().expect("no handler panics");
        if terminal {
            draw(progress);
        } else {
            *shown = print_tenths(progress, *shown);
        }
    });

    let bytes = match std::env::args().nth(2) {
        Some(path) => {
            client.download_file(&url, &path)?;
            format!("saved as {path}")
        }
        None => format!("{} bytes", client.download_data(&url)?.len()),
    };
    if terminal {
        println!();
    }
    println!("Download complete: {bytes}");
    Ok(())
}

fn draw(progress: &DownloadProgressChangedEventArgs) {
    let percent = progress.progress_percentage();
    let bar = "#".repeat(usize::from(percent) / 4);
    print!(
        "\r[{bar:25}] {percent:3} %  {} bytes",
        progress.bytes_received()
    );
    // A bar that cannot be drawn is no reason to stop the download.
    let _ = std::io::stdout().flush();
}

/// Prints the tenths that are done and were not printed yet; gives the number printed so far.
fn print_tenths(progress: &DownloadProgressChangedEventArgs, shown: u8) -> u8 {
    let done = progress.progress_percentage() / 10;
    let Some(total) = progress.total_bytes_to_receive() else {
        return shown;
    };
    for tenth in shown + 1..=done {
        println!("{:3} % of {total} bytes", tenth * 10);
    }
    done.max(shown)
}
