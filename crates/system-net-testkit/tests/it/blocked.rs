//! Threads that wait in the kernel.

#![allow(clippy::disallowed_methods, reason = "they are threads of these tests")]

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use system_net_testkit::Blocked;

#[test]
fn a_thread_that_reads_is_seen_to_wait() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    let (tell, told) = mpsc::channel();
    let reader = thread::spawn(move || {
        tell.send(Blocked::this_thread()).unwrap();
        client.read(&mut [0]).unwrap()
    });
    told.recv().unwrap().wait();
    assert!(!reader.is_finished());
    drop(server);
    assert_eq!(reader.join().unwrap(), 0);
}

/// A lock is no wait of that kind.
#[test]
fn a_thread_that_waits_for_a_lock_is_not_meant() {
    let (tell, told) = mpsc::channel();
    let (stop, stopped) = mpsc::channel::<()>();
    let waiting = thread::spawn(move || {
        tell.send(Blocked::this_thread()).unwrap();
        stopped.recv().unwrap_err();
    });
    let blocked = told.recv().unwrap();
    assert!(!blocked.wait_at_most(Duration::from_millis(50)));
    drop(stop);
    waiting.join().unwrap();
}

#[test]
fn a_process_that_reads_is_seen_to_wait() {
    let mut child = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    Blocked::any_of(child.id()).wait();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
