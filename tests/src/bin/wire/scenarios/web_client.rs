// WebClient's uploads.

use system_net_requests::{WebClient, WebError};

use super::{Stage, Table, error_line};

pub(super) const SCENARIOS: Table = &[
    ("webclient_uploadstring", |stage| {
        let mut client = WebClient::new_in(&stage.context);
        client.set_encoding("utf-8").expect("a known encoding");
        answer(client.upload_string(&stage.url("/w"), None, "h\u{e9}llo"))
    }),
    ("webclient_uploadfile", upload_file),
];

fn answer(outcome: Result<String, WebError>) -> Vec<String> {
    vec![outcome.unwrap_or_else(|error| error_line(&error))]
}

fn upload_file(stage: &Stage) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("upl.txt");
    std::fs::write(&file, "file-content").expect("a file");
    let client = WebClient::new_in(&stage.context);
    let outcome = client.upload_file(&stage.url("/w"), None, &file);
    answer(outcome.map(|body| String::from_utf8_lossy(&body).into_owned()))
}
