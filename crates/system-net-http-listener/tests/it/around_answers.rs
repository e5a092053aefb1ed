//! What comes around the answers to requests from the queue: the next request, the end of the idle time, an
//! answer in pieces. Where an answer goes out at once the connection's task is not told of it.

use std::time::Duration;

use system_net_http_listener::{HttpListener, HttpListenerContext, TestListener};

use crate::support::{Client, answer_with};

/// Answers on the thread of a blocking taker.
fn by_thread(listener: &TestListener) {
    answer_with(listener, answer);
}

/// Answers in a runtime that is not the connections'.
fn by_runtime(listener: &TestListener) {
    let taking = listener.listener().clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            while let Ok(context) = taking.get_context_async().await {
                answer(context);
            }
        });
    });
}

fn answer(mut context: HttpListenerContext) {
    use std::io::Write as _;
    let (request, response) = context.split();
    let text = request.raw_url().to_owned();
    if text.contains("pieces") {
        let mut stream = response.output_stream().unwrap();
        for piece in text.as_bytes().chunks(4) {
            stream.write_all(piece).unwrap();
        }
        stream.close().unwrap();
    } else {
        response.close_with(text).unwrap();
    }
}

/// The next request comes at any moment: while the one before runs, while its answer is written, and
/// behind that.
#[test]
fn requests_around_answers_are_all_heard() {
    for serve in [by_thread, by_runtime] {
        let listener = HttpListener::test_http().unwrap();
        serve(&listener);
        let mut client = Client::new(&listener);
        client.stream().set_nodelay(true).unwrap();
        client.request("GET /0", &[], "");
        let mut before = "/0".to_owned();
        for number in 1..1500 {
            for _ in 0..number % 64 * 60 {
                std::hint::spin_loop();
            }
            let path = match number % 7 {
                0 => format!("/pieces/{number}"),
                _ => format!("/{number}"),
            };
            if number % 5 == 0 {
                client.send(format!("GET {path} HTTP/1.1\r\nHo"));
                client.send("st: h\r\n\r\n");
            } else {
                client.request(&format!("GET {path}"), &[], "");
            }
            assert_eq!(client.answer().text(), before);
            before = path;
        }
        assert_eq!(client.answer().text(), before);
    }
}

/// The time of an idle connection ends long before any other that runs.
#[test]
fn idle_connections_end_in_time_whoever_answered() {
    for serve in [by_thread, by_runtime] {
        let listener = HttpListener::test_http().unwrap();
        serve(&listener);
        let mut client = Client::new(&listener);
        assert_eq!(client.get("/1").text(), "/1");
        // It holds from the next wait on.
        let timeouts = listener.timeout_manager();
        timeouts.set_idle_connection(Duration::from_millis(200));
        assert_eq!(client.get("/2").text(), "/2");
        client.expect_closed();
    }
}
