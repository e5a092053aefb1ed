// Challenges and how they are answered.

use std::sync::Arc;

use system_net_primitives::NetworkCredential;
use system_net_requests::HttpWebRequest;

use super::{Stage, Table};

pub(super) const SCENARIOS: Table = &[
    ("basic", |stage| stage.get("/s?q=1", login("päss", ""))),
    ("basic_wrong", |stage| {
        stage.get("/s?q=1", login("päss", ""))
    }),
    ("basic_domain", |stage| {
        stage.get("/s", login("pass", "dom"))
    }),
    ("basic_nocred", |stage| stage.get("/s", |_| {})),
    ("basic_post_nobuffer", |stage| {
        stage.send("POST", "/s", &["hello"], |request| {
            login("pass", "")(request);
            request
                .set_allow_write_stream_buffering(false)
                .expect("unsent");
            request.set_content_length(5).expect("unsent");
        })
    }),
    ("auth_multi", |stage| stage.get("/s?q=1", login("päss", ""))),
    ("auth_unknown", |stage| {
        stage.get("/s?q=1", login("päss", ""))
    }),
    ("digest", |stage| stage.get("/s?q=1", login("päss", ""))),
    ("digest_authint", |stage| {
        stage.get("/s?q=1", login("päss", ""))
    }),
    ("digest_noqop", |stage| {
        stage.get("/s?q=1", login("päss", ""))
    }),
    ("digest_sess", |stage| {
        stage.get("/s?q=1", login("päss", ""))
    }),
    ("ntlm", |stage| stage.get("/s?q=1", login("pass", "DOM"))),
    ("nopreauth", |stage| twice(stage, false)),
    ("preauth_cache", |stage| twice(stage, true)),
    ("redirect_netcred", |stage| {
        stage.get("/start", login("pass", ""))
    }),
];

fn login(password: &'static str, domain: &'static str) -> impl FnOnce(&mut HttpWebRequest) {
    move |request| {
        let credential = NetworkCredential::with_domain("user", password, domain);
        request
            .set_credentials(Some(Arc::new(credential)))
            .expect("unsent");
    }
}

fn twice(stage: &Stage, pre_authenticate: bool) -> Vec<String> {
    ["/s/1", "/s/2"]
        .map(|path| {
            stage.get(path, |request| {
                login("pass", "")(request);
                request
                    .set_pre_authenticate(pre_authenticate)
                    .expect("unsent");
            })
        })
        .concat()
}
