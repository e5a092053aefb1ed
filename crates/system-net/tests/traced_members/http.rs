//! `WebRequest`, `HttpWebRequest`, `HttpWebResponse`, and `HttpListener` with its own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use system_net::runtime::block_on;
use system_net::*;
use system_net_testkit::{HttpPeer, Response};

use crate::Table;

pub(crate) fn requests() {
    let mut table = Table::default();
    let peer = HttpPeer::serve(|_| Response::new(200).body("x"));
    let url = peer.url("/");
    let http = || WebRequest::create_http(&*url).unwrap();
    table
        .row("WebRequest::Create", || WebRequest::create(&*url))
        .unwrap();
    table
        .row("WebRequest::CreateDefault", || {
            WebRequest::create_default(&*url)
        })
        .unwrap();
    table
        .row("WebRequest::CreateHttp", || WebRequest::create_http(&*url))
        .unwrap();
    table.row("HttpWebRequest::HttpWebRequest", http);
    let mut request = http();
    let response = table
        .row("HttpWebRequest::GetResponse", || request.get_response())
        .unwrap();
    let mut body = table
        .row("HttpWebResponse::GetResponseStream", || {
            response.get_response_stream()
        })
        .unwrap();
    let mut text = String::new();
    table
        .row("ConnectStream::Read", || body.read_to_string(&mut text))
        .unwrap();
    table.row("HttpWebResponse::Close", || response.close());
    let mut request = http();
    table
        .row("HttpWebRequest::GetResponseAsync", || {
            block_on(request.get_response_async())
        })
        .unwrap();
    let mut request = http();
    let begun = table.row("HttpWebRequest::BeginGetResponse", || {
        request.begin_get_response(None, None)
    });
    table
        .row("HttpWebRequest::EndGetResponse", || {
            request.end_get_response(&begun)
        })
        .unwrap();
    let post = || {
        let mut request = http();
        request.set_method("POST").unwrap();
        request
    };
    let mut request = post();
    let mut stream = table
        .row("HttpWebRequest::GetRequestStream", || {
            request.get_request_stream()
        })
        .unwrap();
    table
        .row("ConnectStream::Write", || stream.write_all(b"a"))
        .unwrap();
    table
        .row("ConnectStream::Close", || stream.close())
        .unwrap();
    let mut request = post();
    table
        .row("HttpWebRequest::GetRequestStreamAsync", || {
            block_on(request.get_request_stream_async())
        })
        .unwrap();
    let mut request = post();
    let begun = table.row("HttpWebRequest::BeginGetRequestStream", || {
        request.begin_get_request_stream(None, None)
    });
    table
        .row("HttpWebRequest::EndGetRequestStream", || {
            request.end_get_request_stream(&begun)
        })
        .unwrap();
    table.row("HttpWebRequest::Abort", || request.abort());
    // The same members of the base class.
    let mut request = WebRequest::create(&*url).unwrap();
    table
        .row("HttpWebRequest::GetResponse", || request.get_response())
        .unwrap();
    let mut request = WebRequest::create(&*url).unwrap();
    table
        .row("HttpWebRequest::GetResponseAsync", || {
            block_on(request.get_response_async())
        })
        .unwrap();
    let mut request = WebRequest::create(&*url).unwrap();
    let begun = table.row("HttpWebRequest::BeginGetResponse", || {
        request.begin_get_response(None, None)
    });
    table
        .row("HttpWebRequest::EndGetResponse", || {
            request.end_get_response(&begun)
        })
        .unwrap();
    table
        .row("HttpWebRequest::Abort", || request.abort())
        .unwrap();
    table.end(23);
}

pub(crate) fn listeners() {
    let mut table = Table::default();
    let listener = table.row("HttpListener::HttpListener", HttpListener::new);
    listener.prefixes().add("http://127.0.0.1:0/").unwrap();
    table
        .row("HttpListener::Start", || listener.start())
        .unwrap();
    ask(&listener);
    let mut context = table
        .row("HttpListener::GetContext", || listener.get_context())
        .unwrap();
    let mut input = table.row("HttpListenerRequest::InputStream_get", || {
        context.request().input_stream()
    });
    let mut body = [0; 2];
    table
        .row("HttpRequestStream::Read", || input.read(&mut body))
        .unwrap();
    let response = context.response_mut();
    table
        .note("HttpListenerResponse::AddHeader", || {
            response.add_header("A", "b")
        })
        .unwrap();
    table
        .note("HttpListenerResponse::AppendHeader", || {
            response.append_header("A", "c")
        })
        .unwrap();
    table
        .note("HttpListenerResponse::Redirect", || {
            response.redirect("http://h/")
        })
        .unwrap();
    let mut output = table
        .row("HttpListenerResponse::OutputStream_get", || {
            response.output_stream()
        })
        .unwrap();
    table
        .row("HttpResponseStream::Write", || output.write_all(b"x"))
        .unwrap();
    table
        .row("HttpResponseStream::Close", || output.close())
        .unwrap();
    ask(&listener);
    let mut context = table
        .row("HttpListener::GetContextAsync", || {
            block_on(listener.get_context_async())
        })
        .unwrap();
    let response = context.response_mut();
    table
        .row("HttpListenerResponse::Close", || response.close())
        .unwrap();
    ask(&listener);
    let begun = table
        .row("HttpListener::BeginGetContext", || {
            listener.begin_get_context(None, None)
        })
        .unwrap();
    let mut context = table
        .row("HttpListener::EndGetContext", || {
            listener.end_get_context(&begun)
        })
        .unwrap();
    let response = context.response_mut();
    table
        .row("HttpListenerResponse::Close", || response.close_with("x"))
        .unwrap();
    ask(&listener);
    let mut context = listener.get_context().unwrap();
    let response = context.response_mut();
    table.row("HttpListenerResponse::Abort", || response.abort());
    table.row("HttpListener::Stop", || listener.stop()).unwrap();
    table.row("HttpListener::Close", || listener.close());
    let other = HttpListener::new();
    table.row("HttpListener::Abort", || other.abort());
    table.end(20);
}

/// Sends a request from another thread; its answer is let go.
fn ask(listener: &HttpListener) {
    let url = listener.url("").unwrap().to_string();
    let at = url.split('/').nth(2).unwrap().to_owned();
    thread::Builder::new()
        .spawn(move || {
            let mut stream = TcpStream::connect(at).unwrap();
            stream
                .set_read_timeout(Some(Duration::from_secs(300)))
                .unwrap();
            let request = "POST / HTTP/1.0\r\nHost: h\r\nContent-Length: 2\r\n\r\nab";
            stream.write_all(request.as_bytes()).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        })
        .unwrap();
}
