//! Many requests at once over one connection.

use std::io::{Read, Write};
use std::sync::{Arc, Barrier};

use system_net_http_listener::{HttpListener, HttpListenerContext, TestListener};
use system_net_testkit::frame;

use super::peer::{Peer, head};

const STREAMS: u32 = 100;

/// The bytes of a request: others for each.
fn content(number: u32) -> Vec<u8> {
    let length = 1000 + 700 * number;
    (0..length).map(|at| (at * 7 + number * 13) as u8).collect()
}

/// All of them begin before any is answered, their bodies come in turns, and the answers go out as the
/// client takes them.
fn multiplex(listener: &TestListener) {
    let mut peer = Peer::new(&listener.url(""));
    let ids: Vec<u32> = (0..STREAMS).map(|number| 2 * number + 1).collect();
    for id in &ids {
        let path = format!("/{id}");
        peer.head(*id, frame::END_HEADERS, &head("POST", &path, &[]));
    }
    let bodies: Vec<Vec<u8>> = (0..STREAMS).map(content).collect();
    let longest = bodies.iter().map(Vec::len).max().unwrap();
    let mut sent = 0;
    for start in (0..longest).step_by(8000) {
        for (id, body) in ids.iter().zip(&bodies) {
            if start < body.len() {
                let end = body.len().min(start + 8000);
                sent += end - start;
                // The window is opened as bodies are read.
                while sent > peer.allowed {
                    peer.step().unwrap();
                }
                peer.data(*id, &body[start..end], end == body.len());
            }
        }
    }
    for (id, body) in ids.iter().zip(&bodies) {
        let reply = peer.reply(*id);
        assert_eq!(reply.header("x-path"), Some(&*format!("/{id}")));
        assert!(reply.body == *body, "stream {id}");
    }
}

fn echo(mut context: HttpListenerContext) {
    let path = context.request().raw_url().to_owned();
    context.response_mut().add_header("X-Path", &path).unwrap();
    let mut body = Vec::new();
    context
        .request()
        .input_stream()
        .read_to_end(&mut body)
        .unwrap();
    let mut stream = context.response_mut().output_stream().unwrap();
    for piece in body.chunks(3000) {
        stream.write_all(piece).unwrap();
    }
    stream.close().unwrap();
}

#[test]
fn h2_multiplex_100() {
    // A thread for each, which wait for each other: all 100 run at the same time.
    let listener = HttpListener::test_http().unwrap();
    let all = Arc::new(Barrier::new(STREAMS as usize));
    let threads: Vec<_> = (0..STREAMS)
        .map(|_| {
            let (listener, all) = (listener.listener().clone(), Arc::clone(&all));
            std::thread::spawn(move || {
                let context = listener.get_context().unwrap();
                all.wait();
                echo(context);
            })
        })
        .collect();
    multiplex(&listener);
    for thread in threads {
        thread.join().unwrap();
    }
}

/// The same with handlers that wait asynchronously, all on one thread.
#[test]
fn handlers_of_100_streams() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let listener = TestListener::http().unwrap();
    let served = listener.listener().clone();
    let all = Arc::new(tokio::sync::Barrier::new(STREAMS as usize));
    runtime.spawn(async move {
        let handler = move |mut context: HttpListenerContext| {
            let all = Arc::clone(&all);
            async move {
                all.wait().await;
                let path = context.request().raw_url().to_owned();
                context.response_mut().add_header("X-Path", &path).unwrap();
                let mut body = Vec::new();
                let mut input = context.request().input_stream().into_async();
                input.read_to_end(&mut body).await.unwrap();
                let mut stream = context.response_mut().output_stream().unwrap().into_async();
                stream.write_all(&body).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        };
        served.serve(handler).await
    });
    multiplex(&listener);
}
