//! Making Asynchronous Requests: the sample `ClientGetAsync`, with Begin and End.
//!
//! `cargo run --example client_get_async -- URL`
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the program prints what it gets"
)]

use std::io;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use system_net::{
    AsyncResult, AsyncState, ManualResetEvent, ResponseStream, Uri, WebError, WebRequest,
    WebResponse,
};

const BUFFER_SIZE: usize = 1024;

/// The RequestState class passes data across async calls.
struct RequestState {
    request_data: String,
    request: Option<WebRequest>,
    response_stream: Option<ResponseStream>,
    /// Create Decoder for appropriate encoding type.
    stream_decode: Utf8Decoder,
    /// An error of a callback; .NET would end the program there.
    failure: Option<String>,
}

impl RequestState {
    fn new() -> Self {
        Self {
            request_data: String::new(),
            request: None,
            response_stream: None,
            stream_decode: Utf8Decoder::default(),
            failure: None,
        }
    }

    /// The state of an asynchronous call.
    fn of<T>(ar: &AsyncResult<T>) -> MutexGuard<'_, Self> {
        let state = ar.async_state().expect("the call was begun with a state");
        let state: &Mutex<Self> = state.downcast_ref().expect("it is a RequestState");
        state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Signals the completion of the request.
static ALL_DONE: ManualResetEvent = ManualResetEvent::new(false);

fn main() -> ExitCode {
    let Some(argument) = std::env::args().nth(1) else {
        show_usage();
        return ExitCode::from(2);
    };
    match run(&argument) {
        Ok(request_data) => {
            println!("{request_data}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(argument: &str) -> Result<String, String> {
    // Get the URI from the command line.
    let http_site = Uri::parse(argument).map_err(|error| error.to_string())?;

    // Create the request object.
    let wreq = WebRequest::create(http_site).map_err(|error| error.to_string())?;

    // Create the state object. Put the request into it so it can be passed around.
    let rs = Arc::new(Mutex::new(RequestState::new()));
    let state: AsyncState = rs.clone();

    // Issue the async request.
    {
        let mut rs = rs.lock().unwrap_or_else(PoisonError::into_inner);
        let request = rs.request.insert(wreq);
        request.begin_get_response(Some(Box::new(resp_callback)), Some(state));
    }

    // Wait until the event is set so that the application does not exit until after the callback
    // is called.
    ALL_DONE.wait_one();

    let mut rs = rs.lock().unwrap_or_else(PoisonError::into_inner);
    match rs.failure.take() {
        None => Ok(std::mem::take(&mut rs.request_data)),
        Some(failure) => Err(failure),
    }
}

fn show_usage() {
    println!("Attempts to GET a URL");
    println!();
    println!("Usage:");
    println!("    client_get_async URL");
    println!("    Example:");
    println!("        client_get_async http://www.contoso.com/");
}

fn resp_callback(ar: &AsyncResult<Result<WebResponse, WebError>>) {
    // Get the RequestState object from the async result.
    let mut rs = RequestState::of(ar);

    // Get the WebRequest from RequestState.
    let req = rs.request.as_ref().expect("the request is in the state");

    // Call end_get_response, which produces the WebResponse object that came from the request
    // issued above, and start reading data from the response stream.
    let response_stream = req
        .end_get_response(ar)
        .and_then(|resp| Ok(resp.get_response_stream()?));
    match response_stream {
        Ok(response_stream) => {
            // Store the response stream in RequestState to read the stream asynchronously.
            rs.response_stream = Some(response_stream);
            begin_read(&rs, ar.async_state());
        }
        Err(error) => fail(&mut rs, &format!("{error:#}")),
    }
}

fn read_callback(async_result: &AsyncResult<io::Result<Vec<u8>>>) {
    // Get the RequestState object from AsyncResult.
    let mut rs = RequestState::of(async_result);

    // Retrieve the ResponseStream that was set in resp_callback.
    let response_stream = rs.response_stream.as_ref().expect("the stream was set");

    // Read the bytes to verify that they contain data.
    match response_stream.end_read(async_result) {
        Ok(read) if !read.is_empty() => {
            // Convert the bytes to text, and append the recently read data to the request data
            // contained in RequestState.
            let text = rs.stream_decode.get_chars(&read);
            rs.request_data.push_str(&text);

            // Continue reading data until end_read returns none.
            begin_read(&rs, async_result.async_state());
        }
        Ok(_end) => {
            // Close down the response stream.
            response_stream.close();
            // Set the event so the main thread can exit.
            ALL_DONE.set();
        }
        Err(error) => fail(&mut rs, &error.to_string()),
    }
}

fn begin_read(rs: &RequestState, state: Option<&AsyncState>) {
    let response_stream = rs.response_stream.as_ref().expect("the stream was set");
    response_stream.begin_read(BUFFER_SIZE, Some(Box::new(read_callback)), state.cloned());
}

fn fail(rs: &mut RequestState, failure: &str) {
    rs.failure = Some(failure.to_owned());
    ALL_DONE.set();
}

/// .NET's `Encoding.UTF8.GetDecoder()`: keeps a character that is split over two reads.
#[derive(Default)]
struct Utf8Decoder {
    rest: Vec<u8>,
}

impl Utf8Decoder {
    fn get_chars(&mut self, bytes: &[u8]) -> String {
        self.rest.extend_from_slice(bytes);
        let complete = match std::str::from_utf8(&self.rest) {
            Ok(_) => self.rest.len(),
            // No error length: the text ends within a character, whose rest is still to come.
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => self.rest.len(),
        };
        let tail = self.rest.split_off(complete);
        let chars = String::from_utf8_lossy(&self.rest).into_owned();
        self.rest = tail;
        chars
    }
}
