//! HttpListener as the host of applications: each application has a prefix, and takes the requests below
//! it through a trait, without knowing of the listener.
//!
//! `cargo run --example listener_app_host -- [PORT]` hosts two applications, a guest book and a store of
//! files, and takes commands from its standard input: `unload NAME` waits until the requests of an
//! application are answered and takes it away, `load NAME` brings it back. It ends with its input.
//!
//! Every application has a listener of its own; those of one program share their port.
#![allow(clippy::print_stdout, reason = "the program says what it does")]
#![allow(clippy::disallowed_methods, reason = "applications run on threads")]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, BufRead, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use system_net::prelude::*;
use system_net::{HttpListenerRequest, QueryString, WebUtility};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What an application answers.
struct Page {
    status: u16,
    content_type: &'static str,
    body: Vec<u8>,
}

impl Page {
    fn html(status: u16, body: &str) -> Self {
        Self {
            status,
            content_type: "text/html; charset=utf-8",
            body: format!("<html><body>{body}</body></html>\n").into_bytes(),
        }
    }
}

/// An application that can be hosted.
trait HostedApplication: Send + Sync + 'static {
    /// Answers a request; `path` is what of its path is below the application's prefix. An error becomes
    /// the host's error page.
    fn process_request(&self, path: &str, request: &HttpListenerRequest) -> Outcome<Page>;
}

/// Names and greetings, entered in a form.
#[derive(Default)]
struct GuestBook {
    entries: Mutex<Vec<(String, String)>>,
}

impl HostedApplication for GuestBook {
    fn process_request(&self, path: &str, request: &HttpListenerRequest) -> Outcome<Page> {
        match (request.http_method(), path) {
            ("GET" | "HEAD", "") => {}
            ("POST", "") => {
                let mut form = String::new();
                // Nobody has more than that to say.
                let mut body = request.input_stream().take(64 * 1024);
                body.read_to_string(&mut form)?;
                let form = QueryString::parse(&form);
                let field = |name| form.get(name).map(String::from).ok_or("a field is missing");
                let entry = (field("name")?, field("text")?);
                self.entries().push(entry);
            }
            ("GET", "fail") => return Err("the guest book has lost a page".into()),
            ("GET", "panic") => panic!("the guest book has caught fire"),
            _ => return Ok(Page::html(404, "No such page.")),
        }
        let mut list = String::new();
        for (name, text) in &*self.entries() {
            let (name, text) = (WebUtility::html_encode(name), WebUtility::html_encode(text));
            list.push_str(&format!("<li>{name}: {text}</li>"));
        }
        Ok(Page::html(
            200,
            &format!(
                "<ul>{list}</ul><form method=\"post\"><input name=\"name\"><input name=\"text\">\
                 <input type=\"submit\"></form>"
            ),
        ))
    }
}

impl GuestBook {
    fn entries(&self) -> std::sync::MutexGuard<'_, Vec<(String, String)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Files in memory: uploaded with PUT, downloaded with GET.
#[derive(Default)]
struct Files {
    files: Mutex<BTreeMap<String, Arc<Vec<u8>>>>,
}

impl HostedApplication for Files {
    fn process_request(&self, path: &str, request: &HttpListenerRequest) -> Outcome<Page> {
        let lock = || self.files.lock().unwrap_or_else(PoisonError::into_inner);
        match request.http_method() {
            "PUT" => {
                println!("receiving {path}");
                let mut file = Vec::new();
                request.input_stream().read_to_end(&mut file)?;
                let text = format!("{} bytes.", file.len());
                let before = lock().insert(path.to_owned(), Arc::new(file));
                Ok(Page::html(if before.is_some() { 200 } else { 201 }, &text))
            }
            "GET" | "HEAD" => match lock().get(path).cloned() {
                Some(file) => Ok(Page {
                    status: 200,
                    content_type: "application/octet-stream",
                    body: file.to_vec(),
                }),
                None => Ok(Page::html(404, "No such file.")),
            },
            _ => Ok(Page::html(405, "Use GET and PUT.")),
        }
    }
}

/// An application that is loaded.
struct Loaded {
    listener: HttpListener,
    thread: JoinHandle<Result<(), HttpListenerError>>,
}

/// The host: knows applications, and has some of them loaded.
#[derive(Default)]
struct Host {
    port: u16,
    known: BTreeMap<&'static str, Arc<dyn HostedApplication>>,
    loaded: BTreeMap<&'static str, Loaded>,
}

impl Host {
    /// Makes an application known.
    fn add(&mut self, name: &'static str, application: impl HostedApplication) {
        self.known.insert(name, Arc::new(application));
    }

    /// Begins to hand an application its requests.
    fn load(&mut self, name: &str) -> Outcome<()> {
        let (&name, application) = self
            .known
            .get_key_value(name)
            .ok_or("no such application")?;
        if self.loaded.contains_key(name) {
            return Err("it is loaded already".into());
        }
        let listener = HttpListener::new();
        let prefix = format!("http://localhost:{}/{name}/", self.port);
        listener.prefixes().add(&prefix)?;
        listener.bind()?;
        // The first application finds the port; the others share it.
        self.port = listener.local_endpoints()?[0].port();
        let (application, serving) = (Arc::clone(application), listener.clone());
        let thread = thread::spawn(move || {
            serving.serve_blocking(move |context| process(name, &*application, context))
        });
        // Until it serves, its requests are answered with 503.
        while !listener.is_listening() && !thread.is_finished() {
            thread::sleep(Duration::from_millis(1));
        }
        let loaded = Loaded { listener, thread };
        self.loaded.insert(name, loaded);
        println!("loaded {name}");
        Ok(())
    }

    /// Lets an application answer the requests that it has, and takes it away.
    fn unload(&mut self, name: &str) -> Outcome<()> {
        let (name, loaded) = self.loaded.remove_entry(name).ok_or("it is not loaded")?;
        // From here on there is nothing below its prefix.
        loaded.listener.stop()?;
        println!("unloading {name}");
        loaded.listener.drain()?;
        loaded
            .thread
            .join()
            .map_err(|_| "its thread has panicked")??;
        println!("unloaded {name}");
        Ok(())
    }
}

/// Hands a request to its application, and its answer, or what went wrong, to the client.
fn process(
    name: &str,
    application: &dyn HostedApplication,
    mut context: HttpListenerContext,
) -> Result<(), HttpListenerError> {
    let (request, response) = context.split();
    let path = request.url().map(|url| url.absolute_path().to_owned());
    let path = path.unwrap_or_default();
    let below = path.get(name.len() + 2..).unwrap_or_default();
    let page = application.process_request(below, request);
    let page = page.unwrap_or_else(|error| {
        println!("{name} failed: {error}");
        // What went wrong is for whoever runs the host, not for everybody.
        Page::html(500, &format!("The application {name} failed."))
    });
    response.set_status_code(page.status)?;
    response.set_content_type(page.content_type)?;
    response.close_with(page.body)
}

fn main() -> Outcome<()> {
    let port = std::env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    let mut host = Host {
        port,
        ..Host::default()
    };
    host.add("guestbook", GuestBook::default());
    host.add("files", Files::default());
    host.load("guestbook")?;
    host.load("files")?;
    println!("Listening at http://localhost:{}/", host.port);
    for line in io::stdin().lock().lines() {
        let line = line?;
        let done = match line.split_once(' ') {
            Some(("load", name)) => host.load(name),
            Some(("unload", name)) => host.unload(name),
            _ => Err("commands are load NAME and unload NAME".into()),
        };
        if let Err(error) = done {
            println!("{line}: {error}");
        }
    }
    for name in ["guestbook", "files"] {
        if host.loaded.contains_key(name) {
            host.unload(name)?;
        }
    }
    Ok(())
}
