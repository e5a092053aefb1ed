//! Many users at once: no response ever belongs to another user, at servers not written by us.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use system_net_config::NetContext;
use system_net_primitives::NetworkCredential;
use system_net_requests::{ServicePointManager, WebRequest};
use system_net_security::authentication::{AuthenticationModules, LogonModule};
use system_net_security::ntlm::NtlmProvider;
use tokio::io::AsyncReadExt as _;

const USERS: usize = 32;
const REQUESTS: usize = 1000;
/// How many requests of a user are under way at once.
const AT_ONCE: usize = 3;

/// The server of `crowd.py`; dropping it ends the process.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(users: &std::path::Path) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/logins/crowd.py");
        let python = std::env::var("SYSTEM_NET_INTEROP_PYTHON");
        let mut child = Command::new(python.as_deref().unwrap_or("/usr/bin/python3"))
            .arg(script)
            .env("NTLM_USER_FILE", users)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = said.next().expect("the server says its port").unwrap();
        Self {
            child,
            port: port.parse().unwrap(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _already_gone = self.child.wait();
    }
}

/// What the server said of one request: for whom it took it, over which connection, and which it was.
fn heard(text: &str) -> (String, usize, usize) {
    let mut words = text.split(' ');
    let mut next = || words.next().unwrap().to_owned();
    (next(), next().parse().unwrap(), next().parse().unwrap())
}

/// 32 users with 1,000 requests each, from threads and from tasks, with one pool of connections.
#[test]
fn no_user_gets_the_response_of_another() {
    if !crate::enabled("no_user_gets_the_response_of_another") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users");
    let lines: String = (0..USERS)
        .map(|at| format!("EXAMPLE:user{at}:secret-{at}\n"))
        .collect();
    std::fs::write(&file, lines).unwrap();
    let server = Server::start(&file);
    let context = NetContext::new();
    let modules = context.slot(|_| AuthenticationModules::empty());
    modules.register(Arc::new(LogonModule::ntlm(NtlmProvider::default())));
    let manager = ServicePointManager::of(&context);
    manager.set_default_connection_limit(AT_ONCE).unwrap();
    let request = |user: usize, number: usize| {
        let url = format!("http://127.0.0.1:{}/{number}", server.port);
        let mut request = WebRequest::create_http_in(&context, &url).unwrap();
        let name = format!("user{user}");
        let credential = NetworkCredential::with_domain(name, format!("secret-{user}"), "EXAMPLE");
        request.set_credentials(Some(Arc::new(credential))).unwrap();
        request
    };
    let connections: Mutex<BTreeMap<usize, BTreeSet<usize>>> = Mutex::default();
    let note = |user: usize, number: usize, text: &str| {
        let (who, connection, which) = heard(text);
        assert_eq!((who, which), (format!("EXAMPLE\\user{user}"), number));
        let mut connections = connections.lock().unwrap();
        connections.entry(user).or_default().insert(connection);
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    std::thread::scope(|scope| {
        for user in 0..USERS {
            let (request, note, runtime) = (&request, &note, &runtime);
            for part in 0..AT_ONCE {
                let numbers = (part..REQUESTS).step_by(AT_ONCE);
                // Half of the users blocking, half as futures on a runtime.
                scope.spawn(move || match user % 2 {
                    0 => {
                        for number in numbers {
                            let response = request(user, number).get_response().unwrap();
                            note(user, number, &response.into_string().unwrap());
                        }
                    }
                    _ => runtime.block_on(async {
                        for number in numbers {
                            let mut request = request(user, number);
                            let response = request.get_response_async().await.unwrap();
                            let mut body = response.get_response_stream().unwrap().into_async();
                            let mut text = String::new();
                            body.read_to_string(&mut text).await.unwrap();
                            note(user, number, &text);
                        }
                    }),
                });
            }
        }
    });
    let connections = connections.into_inner().unwrap();
    assert_eq!(connections.len(), USERS);
    let mut all = BTreeSet::new();
    for (user, own) in &connections {
        // A login per connection, and no more connections than requests at once.
        assert!(own.len() <= AT_ONCE, "user{user}: {own:?}");
        for connection in own {
            assert!(
                all.insert(*connection),
                "connection {connection} served two users"
            );
        }
    }
    println!(
        "{} requests of {USERS} users over {} connections, at most {} a user",
        USERS * REQUESTS,
        all.len(),
        connections.values().map(BTreeSet::len).max().unwrap(),
    );
}
