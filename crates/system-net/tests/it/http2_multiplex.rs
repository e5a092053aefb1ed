//! Our client at our listener over HTTP/2: a hundred requests at once on one connection.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::sync::{Arc, Barrier};
use std::thread;

use system_net::{
    HttpListener, HttpListenerContext, HttpVersion, HttpVersionPolicy, NetContext, WebRequest,
};

const REQUESTS: usize = 100;

/// The body of a request: another one for each.
fn content(number: usize) -> Vec<u8> {
    (0..500 + 700 * number)
        .map(|at| (at * 7 + number * 13) as u8)
        .collect()
}

/// Answers with the body that came; the port tells which connection it came by.
fn echo(mut context: HttpListenerContext) -> u16 {
    let request = context.request();
    assert_eq!(request.protocol_version(), HttpVersion::VERSION20);
    let port = request.remote_end_point().port();
    let mut body = Vec::new();
    request.input_stream().read_to_end(&mut body).unwrap();
    context.response_mut().close_with(body).unwrap();
    port
}

#[test]
fn our_client_multiplexes_100_at_our_listener() {
    let listener = HttpListener::new_in(&NetContext::new());
    listener.prefixes().add("http://127.0.0.1:0/").unwrap();
    listener.start().unwrap();
    let url = listener.url("/x").unwrap();
    // All are taken before one of them is answered.
    let all = Arc::new(Barrier::new(REQUESTS));
    let servers: Vec<_> = (0..REQUESTS)
        .map(|_| {
            let (listener, all) = (listener.clone(), Arc::clone(&all));
            thread::spawn(move || {
                let context = listener.get_context().unwrap();
                all.wait();
                echo(context)
            })
        })
        .collect();
    let context = NetContext::new();
    let first = WebRequest::create_http_in(&context, &url).unwrap();
    first
        .service_point()
        .unwrap()
        .set_connection_limit(1)
        .unwrap();
    let clients: Vec<_> = (0..REQUESTS)
        .map(|number| {
            let (context, url) = (context.clone(), url.clone());
            thread::spawn(move || {
                let mut request = WebRequest::create_http_in(&context, &url).unwrap();
                request
                    .set_protocol_version(HttpVersion::VERSION20)
                    .unwrap();
                request
                    .set_version_policy(HttpVersionPolicy::RequestVersionExact)
                    .unwrap();
                request.set_method("POST").unwrap();
                let body = content(number);
                let mut stream = request.get_request_stream().unwrap();
                stream.write_all(&body).unwrap();
                stream.close().unwrap();
                let response = request.get_response().unwrap();
                let mut answer = Vec::new();
                response
                    .get_response_stream()
                    .unwrap()
                    .read_to_end(&mut answer)
                    .unwrap();
                assert!(answer == body, "request {number}");
            })
        })
        .collect();
    for client in clients {
        client.join().unwrap();
    }
    let ports: BTreeSet<u16> = servers.into_iter().map(|it| it.join().unwrap()).collect();
    assert_eq!(ports.len(), 1, "one connection");
}
