//! Sends the requests of a run: half by blocking threads, half as tasks, in one context.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use system_net_config::NetContext;
use system_net_requests::{
    HttpWebRequest, HttpWebResponse, ServicePointManager, WebError, WebRequest,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::requests::{Asked, Got, Reading, check};
use crate::site::{Kind, Site};

/// Threads, and as many tasks.
const WORKERS: usize = 4;

/// Sends so many requests and looks at every byte of every answer.
#[track_caller]
pub(crate) fn all(site: &Site, count: u64, name: &str) {
    let begun = Instant::now();
    let seed = std::env::var("SYSTEM_NET_MIXED_SEED").map_or(7, |text| text.parse().unwrap());
    let fewer = std::env::var("SYSTEM_NET_MIXED_COUNT");
    let count = fewer.map_or(count, |text| text.parse().unwrap());
    let context = NetContext::new();
    let manager = ServicePointManager::of(&context);
    manager.set_default_connection_limit(4).unwrap();
    // Uploads wait for the servers that answer it, not for those that do not know it.
    manager.set_expect_100_continue(false);
    compresses(site, &context);
    let next = AtomicU64::new(1);
    let take = || {
        let number = next.fetch_add(1, Ordering::Relaxed);
        (number <= count).then_some(number)
    };
    let (counts, wrong) = (Mutex::new(BTreeMap::new()), Mutex::new(Vec::new()));
    let note = |kind: Kind, bytes: usize, result: Result<(), String>| {
        let mut counts = counts.lock().unwrap();
        let (done, read) = counts.entry(kind).or_insert((0_u64, 0_u64));
        (*done, *read) = (*done + 1, *read + bytes as u64);
        wrong.lock().unwrap().extend(result.err());
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            let (take, note, context, runtime) = (&take, &note, &context, &runtime);
            scope.spawn(move || {
                while let Some(number) = take() {
                    let (kind, bytes, result) = blocking(context, site, seed, number);
                    note(kind, bytes, result);
                }
            });
            scope.spawn(move || {
                runtime.block_on(async {
                    while let Some(number) = take() {
                        let (kind, bytes, result) = task(context, site, seed, number).await;
                        note(kind, bytes, result);
                    }
                });
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    println!(
        "{name}: {count} requests in {:?}: {:?}",
        begun.elapsed(),
        counts.into_inner().unwrap()
    );
    assert!(
        wrong.is_empty(),
        "{name}, seed {seed}: {} of {count} are wrong:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(10)].join("\n")
    );
}

/// A server that is asked for compressed text gives it.
#[track_caller]
fn compresses(site: &Site, context: &NetContext) {
    if site.asks_for(Kind::Compressed) {
        let mut request = WebRequest::create_http_in(context, site.url("40000.txt")).unwrap();
        let headers = request.headers_mut().unwrap();
        headers.set("Accept-Encoding", "gzip").unwrap();
        let response = request.get_response().unwrap();
        assert_eq!(response.content_encoding().as_deref(), Some("gzip"));
        assert!(response.into_bytes().unwrap().len() < 20_000);
    }
}

fn blocking(
    context: &NetContext,
    site: &Site,
    seed: u64,
    number: u64,
) -> (Kind, usize, Result<(), String>) {
    let mut asked = Asked::new(context, site, seed, number);
    let result = upload(&mut asked.request, asked.body.as_deref())
        .and_then(|()| asked.request.get_response());
    let got = match result {
        Ok(response) => read(&response, asked.reading),
        Err(error) => of_error(error, |response| read(response, asked.reading)),
    };
    let mut verdict = verdict(&asked, &got);
    if asked.kind == Kind::Put && verdict.is_ok() {
        verdict = read_back(context, &asked);
    }
    (asked.kind, got.map_or(0, |got| got.body.len()), verdict)
}

async fn task(
    context: &NetContext,
    site: &Site,
    seed: u64,
    number: u64,
) -> (Kind, usize, Result<(), String>) {
    let mut asked = Asked::new(context, site, seed, number);
    let sent = upload_async(&mut asked.request, asked.body.as_deref()).await;
    let result = match sent {
        Ok(()) => asked.request.get_response_async().await,
        Err(error) => Err(error),
    };
    let got = match result {
        Ok(response) => read_async(&response, asked.reading).await,
        Err(error) => {
            let shown = error.to_string();
            match error.into_response() {
                Some(response) => read_async(response.as_http().unwrap(), asked.reading).await,
                None => Err(shown),
            }
        }
    };
    let mut verdict = verdict(&asked, &got);
    if asked.kind == Kind::Put && verdict.is_ok() {
        // A blocking call within a task.
        verdict = read_back(context, &asked);
    }
    (asked.kind, got.map_or(0, |got| got.body.len()), verdict)
}

fn verdict(asked: &Asked<'_>, got: &Result<Got, String>) -> Result<(), String> {
    match got {
        Ok(got) => check(&asked.expected, asked.reading, got),
        Err(error) => Err(error.clone()),
    }
    .map_err(|problem| format!("{}, {:?}: {problem}", asked.shown, asked.reading))
}

/// What was put is there, until it is deleted.
fn read_back(context: &NetContext, asked: &Asked<'_>) -> Result<(), String> {
    let url = asked.request.request_uri().absolute_uri();
    let send = |method: &str| {
        let mut request = WebRequest::create_http_in(context, url).unwrap();
        request.set_method(method).unwrap();
        request
            .get_response()
            .and_then(HttpWebResponse::into_bytes)
            .map_err(|error| format!("{method} {url}: {error}"))
    };
    if Some(send("GET")?) != asked.body {
        return Err(format!("{}: another body is there", asked.shown));
    }
    send("DELETE").map(drop)
}

fn upload(request: &mut HttpWebRequest, body: Option<&[u8]>) -> Result<(), WebError> {
    if let Some(body) = body {
        let mut stream = request.get_request_stream()?;
        for part in body.chunks(50_000) {
            if stream.write_all(part).is_err() {
                break;
            }
        }
        let _told_by_the_response = stream.close();
    }
    Ok(())
}

async fn upload_async(request: &mut HttpWebRequest, body: Option<&[u8]>) -> Result<(), WebError> {
    if let Some(body) = body {
        let mut stream = request.get_request_stream_async().await?.into_async();
        for part in body.chunks(50_000) {
            if stream.write_all(part).await.is_err() {
                break;
            }
        }
        let _told_by_the_response = stream.close().await;
    }
    Ok(())
}

fn of_error(
    error: WebError,
    read: impl Fn(&HttpWebResponse) -> Result<Got, String>,
) -> Result<Got, String> {
    let shown = error.to_string();
    match error.into_response() {
        Some(response) => read(response.as_http().unwrap()),
        None => Err(shown),
    }
}

fn head(response: &HttpWebResponse) -> Got {
    Got {
        status: response.status_code().as_u16(),
        length: response.content_length(),
        headers: response.headers().clone(),
        uri: response.response_uri().absolute_uri().to_owned(),
        body: Vec::new(),
    }
}

fn read(response: &HttpWebResponse, reading: Reading) -> Result<Got, String> {
    let mut got = head(response);
    let stream = response.get_response_stream().unwrap();
    let limit = match reading {
        Reading::Whole => u64::MAX,
        Reading::Part(length) => length as u64,
        Reading::Nothing => return Ok(got),
    };
    match stream.take(limit).read_to_end(&mut got.body) {
        Ok(_) => Ok(got),
        Err(error) => Err(error.to_string()),
    }
}

async fn read_async(response: &HttpWebResponse, reading: Reading) -> Result<Got, String> {
    let mut got = head(response);
    let stream = response.get_response_stream().unwrap().into_async();
    let limit = match reading {
        Reading::Whole => u64::MAX,
        Reading::Part(length) => length as u64,
        Reading::Nothing => return Ok(got),
    };
    match stream.take(limit).read_to_end(&mut got.body).await {
        Ok(_) => Ok(got),
        Err(error) => Err(error.to_string()),
    }
}
