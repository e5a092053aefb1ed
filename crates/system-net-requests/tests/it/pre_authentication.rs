//! Pre-authentication of logins that belong to a connection: where a user was let in once, each of
//! his further connections begins with his login, and nobody else's does.

use system_net_config::NetContext;

use crate::connection_logins::{Manners, server, text, user, with};
use crate::context;

/// What the requests of each connection carried: nothing, or a message of the scheme.
fn messages(peer: &system_net_testkit::HttpPeer) -> Vec<(usize, bool)> {
    let requests = peer.requests();
    requests
        .iter()
        .map(|request| {
            (
                request.connection,
                request.header("Authorization").is_some(),
            )
        })
        .collect()
}

fn ask(context: &NetContext, url: &str, who: &str, pre_authenticate: bool) {
    let mut request = with(context, url, user(who));
    request.set_pre_authenticate(pre_authenticate).unwrap();
    // Each request has a connection of its own.
    request.set_keep_alive(false).unwrap();
    assert_eq!(text(&mut request), format!("{who} 0"));
}

#[test]
fn a_connection_begins_with_the_login() {
    for negotiate in [false, true] {
        let manners = Manners::speaking(negotiate);
        let peer = server(&manners);
        let (context, url) = (context(), peer.url("/"));
        let count = |who: &str, pre_authenticate: bool| {
            let before = peer.requests().len();
            ask(&context, &url, who, pre_authenticate);
            let all = messages(&peer);
            let own = all[before..].iter().map(|(_, login)| *login);
            own.collect::<Vec<bool>>()
        };
        // Asked, then the two messages of NTLM.
        assert_eq!(count("ann", true), [false, true, true], "{negotiate}");
        // From now on without being asked.
        assert_eq!(count("ann", true), [true, true], "{negotiate}");
        assert_eq!(count("joe", true), [true, true], "{negotiate}");
        // Not who does not want to.
        let asked = count("ann", false);
        assert!(!asked[0] && asked.len() == 3, "{asked:?}");
        let users: Vec<String> = manners.users().into_iter().map(|(_, name)| name).collect();
        assert_eq!(users, ["ann", "ann", "joe", "ann"]);
        // The name of the service goes along as it does after a challenge.
        for (_, accepted) in manners.seen() {
            assert_eq!(accepted.service_name.as_deref(), Some("HTTP/127.0.0.1"));
        }
    }
}
