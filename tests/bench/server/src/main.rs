//! Our HttpListener: `GET /plain` is `Hello, World!`, `GET /64k` is 65,536 bytes, until SIGTERM.
//!
//! usage: bench-server [queue|queue-background] --port P [--threads T]
//!
//! With the word `queue` requests are taken with `get_context_async`, one consumer, in the runtime of
//! the connections (`start_here`); with `queue-background` from the background runtime (`start`); else
//! by `serve`.

use bench_meter::{Args, args, runtime};
use bytes::Bytes;
use system_net_config::NetContext;
use system_net_http_listener::{HttpListener, HttpListenerContext, HttpListenerError};
use tokio::signal::unix::{SignalKind, signal};

fn main() {
    let args = args();
    if let Err(error) = runtime(args.threads).block_on(run(&args)) {
        eprintln!("bench-server: {error}");
        std::process::exit(1);
    }
}

async fn run(args: &Args) -> Result<(), Box<dyn std::error::Error>> {
    let listener = HttpListener::new_in(&NetContext::new());
    listener
        .prefixes()
        .add(&format!("http://127.0.0.1:{}/", args.port))?;
    let large = Bytes::from(vec![b'x'; 65_536]);
    let mut terminated = signal(SignalKind::terminate())?;
    if args.mode.starts_with("queue") {
        match &*args.mode {
            "queue" => listener.start_here()?,
            _ => listener.start()?,
        }
        let taking = listener.clone();
        let consumer = tokio::spawn(async move {
            loop {
                let taken = taking.get_context_async().await;
                if let Err(error) = taken.and_then(|context| answer(context, &large)) {
                    break error;
                }
            }
        });
        return tokio::select! {
            error = consumer => Err(error?.into()),
            _ = terminated.recv() => Ok(()),
        };
    }
    let serving = listener.serve(move |context| {
        let answered = answer(context, &large);
        async { answered }
    });
    tokio::select! {
        served = serving => served?,
        _ = terminated.recv() => {}
    }
    Ok(())
}

fn answer(mut context: HttpListenerContext, large: &Bytes) -> Result<(), HttpListenerError> {
    let (request, response) = context.split();
    let body = match request.raw_url() {
        "/plain" => Bytes::from_static(b"Hello, World!"),
        "/64k" => large.clone(),
        _ => {
            response.set_status_code(404)?;
            return response.close();
        }
    };
    response.set_content_type("text/plain")?;
    response.close_with(body)
}
