//! Clients that take their time.

use std::io::{ErrorKind, Read, Write};
use std::iter;
use std::thread;
use std::time::{Duration, Instant};

use system_net_http_listener::{HttpListener, HttpListenerTimeoutManager};

use crate::support::{Client, HANG, echoing};

const SHORT: Duration = Duration::from_millis(400);

#[test]
fn slowloris_500_connections() {
    let listener = echoing();
    let begun = Instant::now();
    let wait = Duration::from_secs(2);
    listener.timeout_manager().set_header_wait(wait);
    let mut slow: Vec<Client> = (0..500).map(|_| Client::new(&listener)).collect();
    for (number, client) in slow.iter_mut().enumerate() {
        // Nothing at all, a part of a line, a part of a head.
        client.send(["", "GET / HT", "GET / HTTP/1.1\r\nHost: h\r\nX-"][number % 3]);
    }
    let asked = Instant::now();
    let mut good = Client::new(&listener);
    assert_eq!(good.get("/good").text(), "GET /good ");
    assert!(
        asked.elapsed() < Duration::from_secs(1),
        "{:?}",
        asked.elapsed()
    );
    for client in &mut slow {
        client.expect_closed();
    }
    assert!(begun.elapsed() >= wait);
    assert_eq!(
        good.get("/good").text(),
        "GET /good ",
        "the good one is still there"
    );
}

#[test]
fn listener_timeouts_table() {
    type Set = fn(&HttpListenerTimeoutManager);
    #[track_caller]
    fn check(set: Set, send: &[&str], answers: &[u16]) {
        let listener = echoing();
        set(listener.timeout_manager());
        let mut client = Client::new(&listener);
        let begun = Instant::now();
        for bytes in send {
            // The last bytes of a slow one may come to a closed door.
            let _ = client.stream().write_all(bytes.as_bytes());
            thread::sleep(Duration::from_millis(100));
        }
        for status in answers {
            assert_eq!(client.answer().status(), *status);
        }
        client.expect_closed();
        assert!(begun.elapsed() >= SHORT, "{:?}", begun.elapsed());
        assert_eq!(Client::new(&listener).get("/").status(), 200);
    }
    let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    // Nothing, one byte, bytes that come slowly.
    check(|t| t.set_header_wait(SHORT), &[""], &[]);
    check(|t| t.set_header_wait(SHORT), &["G"], &[]);
    check(
        |t| t.set_header_wait(SHORT),
        &["G", "E", "T", " ", "/"],
        &[],
    );
    // In a later request too, from its first byte on.
    check(|t| t.set_header_wait(SHORT), &[get, "G"], &[200]);
    check(|t| t.set_idle_connection(SHORT), &[get], &[200]);
    check(
        |t| t.set_idle_connection(SHORT),
        &[get, get, get],
        &[200, 200, 200],
    );
}

/// The time of a head begins with its first byte and not anew with every other: a client that sends
/// one whenever it is about to run out does not stay.
#[test]
fn heads_that_drip_run_out_of_time() {
    let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    for before in ["", get] {
        let listener = echoing();
        listener.timeout_manager().set_header_wait(2 * SHORT);
        listener.timeout_manager().set_idle_connection(HANG);
        let mut client = Client::new(&listener);
        if !before.is_empty() {
            assert_eq!(client.send(before).answer().status(), 200);
        }
        let mut stream = client.stream();
        stream.set_read_timeout(Some(SHORT / 20)).unwrap();
        let begun = Instant::now();
        let head = "GET / HTTP/1.1\r\nX: ".bytes().chain(iter::repeat(b'y'));
        for byte in head {
            assert!(begun.elapsed() < HANG, "it drips on and on");
            if stream.write_all(&[byte]).is_err() {
                break;
            }
            match stream.read(&mut [0]) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Ok(0) | Err(_) => break,
                Ok(_) => panic!("answered before its head was whole"),
            }
        }
        assert_eq!(Client::new(&listener).get("/").status(), 200);
    }
}

#[test]
fn entity_body_time_out() {
    let listener = HttpListener::test_http().unwrap();
    listener.timeout_manager().set_entity_body(SHORT);
    let mut client = Client::new(&listener);
    client.request("POST /", &["Content-Length: 10"], "abc");
    let mut context = listener.get_context().unwrap();
    let mut body = Vec::new();
    let error = context
        .request()
        .input_stream()
        .read_to_end(&mut body)
        .unwrap_err();
    assert_eq!(
        (error.kind(), &*body),
        (ErrorKind::TimedOut, &b"abc"[..]),
        "{error}"
    );
    context.response_mut().set_status_code(408).unwrap();
    context.response_mut().close().unwrap();
    let answer = client.answer();
    assert_eq!(
        (answer.status(), answer.header("Connection")),
        (408, Some("close"))
    );
    client.expect_closed();
}

#[test]
fn drain_entity_body_time_out() {
    let listener = HttpListener::test_http().unwrap();
    listener.timeout_manager().set_drain_entity_body(SHORT);
    let mut client = Client::new(&listener);
    client.request("POST /", &["Content-Length: 10"], "abc");
    listener
        .get_context()
        .unwrap()
        .response_mut()
        .close_with("early")
        .unwrap();
    let answer = client.answer();
    assert_eq!(
        (answer.text(), answer.header("Connection")),
        ("early", None)
    );
    client.expect_closed();
}

#[test]
fn request_queue_time_out() {
    let listener = HttpListener::test_http().unwrap();
    listener.timeout_manager().set_request_queue(SHORT);
    let mut client = Client::new(&listener);
    let answer = client.get("/");
    assert_eq!(
        (answer.status(), answer.header("Connection")),
        (503, Some("close"))
    );
    client.expect_closed();
    // Once it is taken, it may take its time.
    let mut client = Client::new(&listener);
    client.request("GET /", &[], "");
    let mut context = listener.get_context().unwrap();
    thread::sleep(3 * SHORT);
    context.response_mut().close_with("late").unwrap();
    assert_eq!(client.answer().text(), "late");
}

#[test]
fn slow_readers_are_cut_off() {
    let listener = HttpListener::test_http().unwrap();
    let timeouts = listener.timeout_manager();
    timeouts.set_min_send_bytes_per_second(1000).unwrap();
    timeouts.set_min_send_period(SHORT);
    // Streamed, and whole.
    for whole in [false, true] {
        let mut client = Client::new(&listener);
        client.request("GET /", &[], "");
        let mut context = listener.get_context().unwrap();
        let body = vec![b'x'; 64 << 20];
        if whole {
            context.response_mut().close_with(body).unwrap();
        } else {
            let mut output = context.response_mut().output_stream().unwrap();
            let error = output.write_all(&body).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
        }
        drop(context);
        if whole {
            // Until the listener has given up, which only the end of the data shows.
            thread::sleep(4 * SHORT);
        }
        let got = client.rest().len();
        assert!(got < 64 << 20, "{got}");
    }
    // One that takes what it gets, slowly, is not.
    let mut client = Client::new(&listener);
    client.request("GET /", &[], "");
    let body = vec![b'x'; 8 << 20];
    listener
        .get_context()
        .unwrap()
        .response_mut()
        .close_with(body)
        .unwrap();
    let mut block = vec![0; 1 << 20];
    let mut got = 0;
    while got < 8 << 20 {
        let read = client.stream().read(&mut block).unwrap();
        assert!(read > 0, "closed after {got}");
        got += read;
        thread::sleep(Duration::from_millis(10));
    }
}

/// It is the rate that counts: a client that takes something all the time, and too little, does not
/// stay either.
#[test]
fn readers_below_the_rate_are_cut_off() {
    const LENGTH: usize = 256 << 20;
    let listener = HttpListener::test_http().unwrap();
    let timeouts = listener.timeout_manager();
    timeouts
        .set_min_send_bytes_per_second(u32::MAX.into())
        .unwrap();
    timeouts.set_min_send_period(SHORT);
    let client = Client::new(&listener);
    let mut stream = client.stream();
    write!(stream, "GET / HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    let mut context = listener.get_context().unwrap();
    let sending = thread::spawn(move || {
        let response = context.response_mut();
        response.set_content_length64(LENGTH as u64).unwrap();
        let mut output = response.output_stream().unwrap();
        let piece = vec![b'x'; 1 << 20];
        (0..LENGTH >> 20).try_for_each(|_| output.write_all(&piece))
    });
    // A few percent of the rate at most, and never nothing for as long as a period.
    let mut block = vec![0; 128 << 10];
    while let Ok(1..) = stream.read(&mut block) {
        thread::sleep(Duration::from_millis(5));
    }
    let error = sending.join().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
}

/// The same of a body in pieces, each of which goes out before the period is over.
#[test]
fn readers_of_pieces_below_the_rate_are_cut_off() {
    const LENGTH: usize = 256 << 20;
    let listener = HttpListener::test_http().unwrap();
    let timeouts = listener.timeout_manager();
    timeouts
        .set_min_send_bytes_per_second(u32::MAX.into())
        .unwrap();
    timeouts.set_min_send_period(2 * SHORT);
    let client = Client::new(&listener);
    let mut stream = client.stream();
    write!(stream, "GET / HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    let mut context = listener.get_context().unwrap();
    let sending = thread::spawn(move || {
        let mut output = context.response_mut().output_stream().unwrap();
        let piece = vec![b'x'; 64 << 10];
        (0..LENGTH >> 16).try_for_each(|_| {
            output.write_all(&piece)?;
            output.flush()
        })
    });
    let mut block = vec![0; 128 << 10];
    while let Ok(1..) = stream.read(&mut block) {
        thread::sleep(Duration::from_millis(5));
    }
    let error = sending.join().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
}

#[test]
fn times_of_zero_are_off() {
    let listener = echoing();
    let timeouts = listener.timeout_manager();
    timeouts.set_header_wait(Duration::ZERO);
    timeouts.set_idle_connection(Duration::ZERO);
    let mut client = Client::new(&listener);
    thread::sleep(SHORT);
    client.send("GET /1 HTTP/1.1\r\n");
    thread::sleep(SHORT);
    client.send("Host: h\r\n\r\n");
    assert_eq!(client.answer().text(), "GET /1 ");
    thread::sleep(SHORT);
    assert_eq!(client.get("/2").text(), "GET /2 ");
}
