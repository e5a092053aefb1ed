//! A hundred thousand requests of all kinds to real servers, and not one wrong byte. Runs with
//! `SYSTEM_NET_INTEROP=1` only; `cargo xtask interop --suite interop-mixed` installs what is missing
//! and sets it.
//!
//! - `site`: what a server has and can; `requests`: the requests, drawn by chance from a seed, and
//!   what must come of each; `run`: threads and tasks that send them.
//! - `servers`: Apache, Python, nghttpd and whatever else is started as a program; nginx is the one of the
//!   other suite. `echo`: a server behind nginx that sends back what it gets.
//! - `restarts`: nginx reloaded and killed under load.
#![allow(
    clippy::unwrap_used,
    reason = "a failed step of a test is a failed test"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "a test reads its environment, starts threads and waits for programs"
)]
#![allow(clippy::print_stdout, reason = "a long run says what it came to")]

mod echo;
#[path = "../nginx.rs"]
#[expect(dead_code, reason = "the other suite needs more of it")]
mod nginx;
mod requests;
mod restarts;
mod run;
mod servers;
mod site;

use echo::Echo;
use nginx::Nginx;
use servers::{Apache, Nghttpd, Python};
use site::{Kind, Site};

/// Whether the real peers may be started; says so when not.
fn enabled(test: &str) -> bool {
    if std::env::var("SYSTEM_NET_INTEROP").is_ok_and(|value| value == "1") {
        return true;
    }
    println!("skipped: {test}: SYSTEM_NET_INTEROP=1 is not set");
    false
}

/// All that a server of files does, with how often it is asked for.
const FILES: [(Kind, usize); 9] = [
    (Kind::Get, 34),
    (Kind::Head, 8),
    (Kind::Range, 12),
    (Kind::BadRange, 2),
    (Kind::Compressed, 8),
    (Kind::Missing, 6),
    (Kind::Redirect, 8),
    (Kind::NotModified, 4),
    (Kind::Post, 18),
];

#[test]
fn nginx_serves_every_byte() {
    if !enabled("nginx_serves_every_byte") {
        return;
    }
    let echo = Echo::start();
    let nginx = Nginx::plain(&format!(
        "gzip on; gzip_min_length 1; gzip_types text/plain; error_page 404 /missing.txt;\n\
         if_modified_since before;\n\
         location ~ ^/301/(.*)$ {{ return 301 /$1; }}\n\
         location ~ ^/302/(.*)$ {{ return 302 /$1; }}\n\
         location ~ ^/307/(.*)$ {{ return 307 http://$http_host/$1; }}\n\
         location ~ ^/308/(.*)$ {{ return 308 /$1; }}\n\
         location ~ \\.bin$ {{ gzip off; default_type application/octet-stream; }}\n\
         location /put/ {{ dav_methods PUT DELETE; gzip off; }}\n\
         location /echo {{ proxy_pass http://127.0.0.1:{}; proxy_http_version 1.1;\n\
         proxy_request_buffering off; gzip off; }}",
        echo.port()
    ));
    let site = Site::new(nginx.url(""))
        .kinds(&FILES)
        .kinds(&[(Kind::Put, 6)])
        .missing_page("missing.txt");
    site.write(|name| nginx.file(name));
    std::fs::create_dir(nginx.file("put")).unwrap();
    run::all(&site, 45_000, "nginx");
}

#[test]
fn apache_serves_every_byte() {
    if !enabled("apache_serves_every_byte") {
        return;
    }
    let apache = Apache::start();
    let site = Site::new(apache.url(""))
        .kinds(&FILES)
        // Through a program that Apache starts each time.
        .kinds(&[(Kind::PostToProgram, 1)])
        .missing_page("missing.txt");
    site.write(|name| apache.file(name));
    run::all(&site, 35_000, "Apache");
}

/// `python3 -m http.server` as it is: HTTP/1.0, a connection for each request.
#[test]
fn python_serves_every_byte() {
    if !enabled("python_serves_every_byte") {
        return;
    }
    let python = Python::plain();
    let site = Site::new(python.url("")).kinds(&[
        (Kind::Get, 60),
        (Kind::Head, 15),
        (Kind::Missing, 10),
        (Kind::NotModified, 10),
    ]);
    site.write(|name| python.file(name));
    run::all(&site, 5_000, "http.server");
}

/// What servers written in Go do: chunks of their own sizes, trailers, compression on the fly
/// without a length, 308, lower-case names.
#[test]
fn scripted_server_serves_every_byte() {
    if !enabled("scripted_server_serves_every_byte") {
        return;
    }
    let python = Python::scripted();
    let site = Site::new(python.url(""))
        .kinds(&FILES)
        .missing_page("missing.txt");
    site.write(|name| python.file(name));
    run::all(&site, 15_000, "a script");
}

/// HTTP/2 by prior knowledge, all of it over few connections.
#[test]
fn nghttpd_serves_every_byte() {
    if !enabled("nghttpd_serves_every_byte") {
        return;
    }
    let nghttpd = Nghttpd::start();
    let site = Site::new(nghttpd.url("")).http2().kinds(&[
        (Kind::Get, 55),
        (Kind::Head, 12),
        (Kind::Missing, 8),
        (Kind::NotModified, 8),
        (Kind::Post, 17),
    ]);
    site.write(|name| nghttpd.file(name));
    run::all(&site, 20_000, "nghttpd");
}
