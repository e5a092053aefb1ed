//! A GiB each way within 32 MiB of memory. The work is done in a process of its own, this test
//! binary again, so that its peak is its own; it prints what the kernel says of it.

use std::fs::File;
use std::io::{Read, Write};
use std::process::Command;

use system_net_config::NetContext;

use crate::http2::http2;
use crate::nginx::{Nginx, pause};
use crate::{assert_same, enabled, make_big_file, program, request};

pub(crate) const LIMIT_KIB: u64 = 32 * 1024;
const JOB: &str = "SYSTEM_NET_INTEROP_JOB";

/// The other process: does what the variable says; as a test of its own there is nothing to do.
#[test]
fn job() {
    let Ok(job) = std::env::var(JOB) else { return };
    let (verb, url) = job.split_once(' ').unwrap();
    let context = NetContext::new();
    let mut big = match verb {
        "download-http2" => http2(&context, url),
        _ => request(&context, url),
    };
    let mut piece = vec![0; 256 * 1024];
    if verb.starts_with("download") {
        let mut body = big.get_response().unwrap().get_response_stream().unwrap();
        let mut length = 0;
        loop {
            match body.read(&mut piece).unwrap() {
                0 => break,
                count => length += count as u64,
            }
        }
        assert_eq!(length, 1 << 30);
    } else {
        big.set_method("PUT").unwrap();
        big.set_content_length(1 << 30).unwrap();
        big.set_allow_write_stream_buffering(false).unwrap();
        let mut stream = big.get_request_stream().unwrap();
        for _ in 0..(1 << 30) / piece.len() {
            stream.write_all(&piece).unwrap();
        }
        stream.close().unwrap();
        assert_eq!(big.get_response().unwrap().status_code().as_u16(), 201);
    }
    println!("peak {}", peak_kib("self").unwrap());
}

/// The peak resident size of a process, as the kernel has it.
fn peak_kib(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| {
        line.strip_prefix("VmHWM:")?
            .split_whitespace()
            .next()?
            .parse()
            .ok()
    })
}

/// Runs a job and returns the peak it reports.
#[track_caller]
pub(crate) fn peak_of(job: &str) -> u64 {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["memory::job", "--exact", "--nocapture"])
        .env(JOB, job)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let peak = text
        .lines()
        .find_map(|line| line.split_once("peak ")?.1.trim().parse().ok());
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    peak.unwrap()
}

#[test]
fn download_in_little_memory() {
    if !enabled("download_in_little_memory") {
        return;
    }
    let nginx = Nginx::plain("");
    make_big_file(&nginx.file("big"), 1 << 30);
    let peak = peak_of(&format!("download {}", nginx.url("/big")));
    println!("download of 1 GiB: peak {peak} KiB");
    assert!(peak < LIMIT_KIB, "{peak} KiB");
}

#[test]
fn upload_in_little_memory() {
    if !enabled("upload_in_little_memory") {
        return;
    }
    let nginx = Nginx::plain("dav_methods PUT;");
    let peak = peak_of(&format!("upload {}", nginx.url("/up")));
    println!("upload of 1 GiB: peak {peak} KiB");
    assert!(peak < LIMIT_KIB, "{peak} KiB");
    assert_eq!(std::fs::metadata(nginx.file("up")).unwrap().len(), 1 << 30);
}

/// Runs `sysnet` and returns its peak. The kernel keeps the peak; what is read last before the end
/// is within a moment of it.
#[track_caller]
fn peak_of_program(arguments: &[&str]) -> u64 {
    let mut child = Command::new(program::binary())
        .args(arguments)
        .spawn()
        .unwrap();
    let mut peak = 0;
    let status = loop {
        peak = peak_kib(&child.id().to_string()).unwrap_or(peak);
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => pause(2),
        }
    };
    assert!(status.success(), "{arguments:?}: {status}");
    peak
}

#[test]
fn program_in_little_memory() {
    if !enabled("program_in_little_memory") {
        return;
    }
    let nginx = Nginx::plain("dav_methods PUT;");
    make_big_file(&nginx.file("big"), 1 << 30);
    let target = nginx.scratch("downloaded");
    let target = target.to_str().unwrap();
    let peak = peak_of_program(&["get", &nginx.url("/big"), "-o", target]);
    println!("sysnet get of 1 GiB: peak {peak} KiB");
    assert!(peak > 0 && peak < LIMIT_KIB, "{peak} KiB");
    assert_same(
        File::open(target).unwrap(),
        File::open(nginx.file("big")).unwrap(),
    );

    let peak = peak_of_program(&["put", target, &nginx.url("/again")]);
    println!("sysnet put of 1 GiB: peak {peak} KiB");
    assert!(peak > 0 && peak < LIMIT_KIB, "{peak} KiB");
    assert_same(
        File::open(target).unwrap(),
        File::open(nginx.file("again")).unwrap(),
    );
}
