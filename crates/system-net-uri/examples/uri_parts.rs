//! Prints the parts of the URIs given as arguments:
//! cargo run -p system-net-uri --example uri_parts -- http://contoso.com/a/../b?q
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example prints"
)]

use system_net_uri::Uri;

fn main() {
    let mut texts: Vec<String> = std::env::args().skip(1).collect();
    if texts.is_empty() {
        texts.push("HTTP://User@Contoso.com:80/a/../b c?q=1#top".to_owned());
    }
    for text in texts {
        match Uri::parse(&text) {
            Ok(uri) => print(&uri),
            Err(error) => eprintln!("{text}: {error}"),
        }
    }
}

fn print(uri: &Uri) {
    let rows = [
        ("absolute", uri.absolute_uri().to_owned()),
        ("for people", uri.to_string()),
        ("scheme", uri.scheme().to_owned()),
        ("user info", uri.user_info().to_owned()),
        ("host", uri.host().to_owned()),
        ("connects to", format!("{:?}", uri.host_address())),
        ("port", format!("{:?}", uri.port())),
        ("path", uri.absolute_path().to_owned()),
        ("local path", uri.local_path().into_owned()),
        ("query", uri.query().to_owned()),
        ("fragment", uri.fragment().to_owned()),
    ];
    for (name, value) in rows {
        println!("{name:12} {value}");
    }
    println!();
}
