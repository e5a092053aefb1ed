//! A server for measuring: `GET /plain` is `Hello, World!`, `GET /64k` is 65,536 bytes. Runs until
//! SIGTERM.
//!
//! cargo run --release --example hello -- --port 8080 --threads 2 [--queue]
//!
//! `--queue` takes the requests with `get_context_async` instead of `serve`.

use bytes::Bytes;
use system_net_config::NetContext;
use system_net_http_listener::{HttpListener, HttpListenerContext, HttpListenerError};
use tokio::signal::unix::{SignalKind, signal};

struct Arguments {
    port: u16,
    threads: usize,
    queue: bool,
}

fn arguments() -> Result<Arguments, String> {
    let mut parsed = Arguments {
        port: 8080,
        threads: 1,
        queue: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut number = || {
            let text = arguments
                .next()
                .ok_or_else(|| format!("{name} needs a number"))?;
            text.parse::<u16>()
                .map_err(|error| format!("{name} {text}: {error}"))
        };
        match &*name {
            "--port" => parsed.port = number()?,
            "--threads" => parsed.threads = usize::from(number()?).max(1),
            "--queue" => parsed.queue = true,
            _ => return Err(format!("unknown option {name}")),
        }
    }
    Ok(parsed)
}

fn answer(mut context: HttpListenerContext, large: Bytes) -> Result<(), HttpListenerError> {
    let (request, response) = context.split();
    match request.raw_url() {
        "/plain" => {
            response.set_content_type("text/plain")?;
            response.close_with("Hello, World!")
        }
        "/64k" => {
            response.set_content_type("text/plain")?;
            response.close_with(large)
        }
        _ => {
            response.set_status_code(404)?;
            response.close()
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let listener = HttpListener::new_in(&NetContext::new());
    let prefix = format!("http://127.0.0.1:{}/", arguments.port);
    listener.prefixes().add(&prefix)?;
    let large = Bytes::from(vec![b'x'; 65_536]);
    let mut terminated = signal(SignalKind::terminate())?;
    if arguments.queue {
        listener.start()?;
        loop {
            tokio::select! {
                context = listener.get_context_async() => answer(context?, large.clone())?,
                _ = terminated.recv() => return Ok(()),
            }
        }
    }
    tokio::select! {
        served = listener.serve(move |context| {
            let answered = answer(context, large.clone());
            async { answered }
        }) => served?,
        _ = terminated.recv() => {}
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = arguments()?;
    let mut runtime = match arguments.threads {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    if arguments.threads > 1 {
        runtime.worker_threads(arguments.threads);
    }
    runtime.enable_all().build()?.block_on(run(arguments))
}
