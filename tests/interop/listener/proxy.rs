//! nginx in front of the listener, with connections that it keeps.

use std::process::Command;

use crate::nginx::Nginx;
use crate::site::{Site, pattern};
use crate::{enabled, printed, run};

#[test]
fn nginx_passes_requests_on() {
    if !enabled("nginx_passes_requests_on") {
        return;
    }
    let site = Site::plain();
    let behind = site.url("").replace("localhost", "127.0.0.1");
    let nginx = Nginx::plain(&format!(
        "client_max_body_size 100m;\n\
         location / {{ proxy_pass {behind}; proxy_http_version 1.1; proxy_set_header Connection \"\";\n\
         proxy_request_buffering off; proxy_buffering off;\n\
         proxy_set_header Host localhost; proxy_set_header X-Forwarded-For $remote_addr; }}"
    ));
    let file = site.file("upload");
    std::fs::write(&file, pattern(5_000_000)).unwrap();
    for arguments in [
        &[][..],
        &["-H", "Transfer-Encoding: chunked"],
        &["--http1.0"],
    ] {
        let head = site.file("head");
        let output = run(Command::new("curl")
            .args(["-sS", "--max-time", "60", "-D"])
            .arg(&head)
            .arg("-T")
            .arg(&file)
            .args(arguments)
            .arg(nginx.url("/echo?x=%20y")));
        let head = std::fs::read_to_string(head).unwrap();
        let whole = output.stdout == pattern(5_000_000);
        assert!(
            whole,
            "{arguments:?}: {} bytes, {head}",
            output.stdout.len()
        );
        for line in [
            "X-Method: PUT",
            "X-Url: /echo?x=%20y",
            "X-Forwarded: 127.0.0.1",
        ] {
            assert!(head.contains(line), "{head}");
        }
    }
    for what in ["length=5000000", "length=5000000&chunked"] {
        let output =
            run(Command::new("curl").args(["-sS", &nginx.url(&format!("/pattern?{what}"))]));
        assert!(output.stdout == pattern(5_000_000), "{what}");
    }
    let told = printed(Command::new("curl").args(["-sS", "-I", &nginx.url("/pattern?length=77")]));
    assert!(told.contains("Content-Length: 77"), "{told}");
}
