//! One request of a run, through the public API: blocking or asynchronous, with what it came to.

use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use system_net_config::NetContext;
use system_net_requests::{
    HttpWebRequest, HttpWebResponse, Phase, RetryBudget, RetryPolicy, WebError,
    WebExceptionStatus as Status, WebRequest,
};
use system_net_tests::content::{Random, content, mix};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::plan::fault;

/// How the body of a request goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Without,
    Buffered,
    WithLength,
    Chunked,
    /// Written as it comes and not kept.
    Unkept,
    /// As this, in chunks.
    UnkeptChunked,
}

impl Form {
    pub(crate) fn is_kept(self) -> bool {
        !matches!(self, Self::Unkept | Self::UnkeptChunked)
    }
}

/// What a request is like; follows from the seed and its number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spec {
    pub(crate) id: u64,
    pub(crate) method: &'static str,
    pub(crate) form: Form,
    pub(crate) length: usize,
    pub(crate) expects: bool,
    pub(crate) keep_alive: bool,
    /// It has a retry policy.
    pub(crate) retries: bool,
    /// One of its visits would be stalled: it has little time.
    pub(crate) hurries: bool,
    /// The response is let go before it was read.
    pub(crate) dropped: bool,
}

impl Spec {
    pub(crate) fn new(seed: u64, id: u64) -> Self {
        let mut random = Random::new(mix(seed, id) ^ 0xc1_1e47);
        let method = match random.below(100) {
            0..45 => "GET",
            45..55 => "HEAD",
            55..85 => "POST",
            _ => "PUT",
        };
        let forms = [
            Form::Without,
            Form::Buffered,
            Form::WithLength,
            Form::Chunked,
            Form::Unkept,
            Form::UnkeptChunked,
        ];
        let form = match method {
            "GET" | "HEAD" => Form::Without,
            _ => forms[random.below(forms.len())],
        };
        Self {
            id,
            method,
            form,
            length: match form {
                Form::Without => 0,
                _ => random.length(1 << 20),
            },
            expects: id.is_multiple_of(5),
            keep_alive: !random.percent(10),
            retries: random.percent(30),
            hurries: (0..16).any(|visit| fault(seed, id, visit).stalls()),
            dropped: random.percent(5),
        }
    }

    /// Sending it twice does what sending it once does.
    pub(crate) fn is_idempotent(&self) -> bool {
        self.method != "POST"
    }

    /// Other requests may stand behind it on its connection: those of one of the two contexts.
    pub(crate) fn may_be_pipelined(&self) -> bool {
        self.expects
    }

    fn body(&self) -> Vec<u8> {
        content(!self.id, self.length)
    }
}

/// A connection that the request was sent over, or was about to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    pub(crate) port: u16,
    pub(crate) is_new: bool,
}

/// What a request came to.
#[derive(Debug)]
pub(crate) enum End {
    /// A response with this body; `None`: it was let go unread.
    Body(Option<Vec<u8>>),
    /// `ProtocolError` with this response.
    Refused(u16, Vec<u8>),
    /// Any other error.
    Failed(Status, String),
}

#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) spec: Spec,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) end: End,
}

/// Far beyond any wait of a request that is not stalled.
const HANG: Duration = Duration::from_secs(120);
/// What a request that is stalled gets.
const HURRY: Duration = Duration::from_millis(300);

fn request(
    context: &NetContext,
    url: &str,
    spec: &Spec,
) -> (HttpWebRequest, Arc<Mutex<Vec<Attempt>>>) {
    let mut request = WebRequest::create_http_in(context, url).unwrap();
    request.set_method(spec.method).unwrap();
    request.set_keep_alive(spec.keep_alive).unwrap();
    request.set_pipelined(spec.may_be_pipelined()).unwrap();
    let limit = Some(if spec.hurries { HURRY } else { HANG });
    request.set_timeout(limit).unwrap();
    request.set_total_timeout(limit).unwrap();
    request.set_read_write_timeout(limit).unwrap();
    match spec.form {
        Form::Without | Form::Buffered => {}
        Form::WithLength => request.set_content_length(spec.length as u64).unwrap(),
        Form::Chunked => request.set_send_chunked(true).unwrap(),
        Form::Unkept => {
            request.set_allow_write_stream_buffering(false).unwrap();
            request.set_content_length(spec.length as u64).unwrap();
        }
        Form::UnkeptChunked => {
            request.set_allow_write_stream_buffering(false).unwrap();
            request.set_send_chunked(true).unwrap();
        }
    }
    if spec.retries {
        let mut policy = RetryPolicy::new();
        policy.set_budget(Some(RetryBudget::new(1000, 1.0)));
        policy.set_pause(|_| Box::pin(async {}));
        request.set_retry_policy(Some(policy)).unwrap();
    }
    let attempts = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&attempts);
    request
        .set_on_connection(Some(Arc::new(move |event| {
            seen.lock().unwrap().push(Attempt {
                port: event.local_end_point().map_or(0, |at| at.port()),
                is_new: event.is_new(),
            });
        })))
        .unwrap();
    (request, attempts)
}

/// Sends it on this thread.
pub(crate) fn perform(context: &NetContext, url: &str, spec: Spec) -> Done {
    let (mut request, attempts) = request(context, url, &spec);
    let result = upload(&mut request, &spec).and_then(|()| request.get_response());
    let end = match result {
        Ok(response) => match spec.dropped {
            true => End::Body(None),
            false => end_of(response.into_bytes()),
        },
        Err(error) => failed(error),
    };
    done(spec, &attempts, end)
}

fn upload(request: &mut HttpWebRequest, spec: &Spec) -> Result<(), WebError> {
    if spec.form == Form::Without {
        return Ok(());
    }
    let mut stream = request.get_request_stream()?;
    for part in spec.body().chunks(100_000) {
        // A connection that broke, or an answer that came early: the response says which.
        if stream.write_all(part).is_err() {
            break;
        }
    }
    let _told_again = stream.close();
    Ok(())
}

/// Sends it as a task.
pub(crate) async fn perform_async(context: &NetContext, url: &str, spec: Spec) -> Done {
    let (mut request, attempts) = request(context, url, &spec);
    let end = match answer_async(&mut request, &spec).await {
        Ok(response) => match spec.dropped {
            true => End::Body(None),
            false => read_async(response, spec.hurries).await,
        },
        Err(error) => failed(error),
    };
    done(spec, &attempts, end)
}

async fn answer_async(
    request: &mut HttpWebRequest,
    spec: &Spec,
) -> Result<HttpWebResponse, WebError> {
    if spec.form != Form::Without {
        let mut stream = request.get_request_stream_async().await?.into_async();
        for part in spec.body().chunks(100_000) {
            if stream.write_all(part).await.is_err() {
                break;
            }
        }
        let _told_again = stream.close().await;
    }
    request.get_response_async().await
}

async fn read_async(response: HttpWebResponse, hurries: bool) -> End {
    let mut stream = response.get_response_stream().unwrap().into_async();
    let mut body = Vec::new();
    let limit = if hurries { HURRY } else { HANG };
    // Asynchronous reads have no time-out of their own.
    match tokio::time::timeout(limit, stream.read_to_end(&mut body)).await {
        Ok(Ok(_)) => End::Body(Some(body)),
        Ok(Err(error)) => failed(WebError::from_io(
            error,
            Status::UnknownError,
            Phase::ReadingBody,
        )),
        Err(_elapsed) => End::Failed(Status::Timeout, "the test's own time-out".to_owned()),
    }
}

fn end_of(body: Result<Vec<u8>, WebError>) -> End {
    match body {
        Ok(body) => End::Body(Some(body)),
        Err(error) => failed(error),
    }
}

fn failed(error: WebError) -> End {
    let (status, text) = (error.status(), error.to_string());
    if status != Status::ProtocolError {
        return End::Failed(status, text);
    }
    let response = error.into_response().expect("the response of the error");
    let code = response
        .as_http()
        .expect("an HTTP response")
        .status_code()
        .as_u16();
    let mut body = Vec::new();
    match response
        .get_response_stream()
        .unwrap()
        .read_to_end(&mut body)
    {
        Ok(_) => End::Refused(code, body),
        Err(error) => failed(WebError::from_io(
            error,
            Status::UnknownError,
            Phase::ReadingBody,
        )),
    }
}

fn done(spec: Spec, attempts: &Mutex<Vec<Attempt>>, end: End) -> Done {
    Done {
        spec,
        attempts: attempts.lock().unwrap().clone(),
        end,
    }
}
