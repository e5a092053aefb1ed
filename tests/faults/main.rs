//! Requests to a server that restarts, resets, stalls and talks nonsense by chance: each one either
//! succeeds with the right bytes or fails with the status of what happened to it, and no POST comes
//! twice. Real servers that restart are in `interop/`.
//!
//! - `plan`: what happens to which request, from a seed; `server`: who does it; `client`: the
//!   requests; `verdict`: the table of statuses.
//!
//! `SYSTEM_NET_FAULT_SEED` names another seed, `SYSTEM_NET_SLOW=1` or `SYSTEM_NET_INTEROP=1` makes it
//! twenty times as many requests.
#![allow(
    clippy::unwrap_used,
    reason = "a failed step of a test is a failed test"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "a test reads its environment, starts threads and waits"
)]
#![allow(clippy::print_stdout, reason = "a long run says what it came to")]

mod client;
mod plan;
mod server;
mod verdict;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use system_net_config::NetContext;
use system_net_requests::{ServicePointManager, WebExceptionStatus};

use client::{Done, End, Spec};
use plan::{Fault, Welcome};
use server::FaultServer;

/// One after the other, as many as there are: by how many threads and tasks.
const WORKERS: u64 = 8;

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn count() -> u64 {
    let many = |name| environment(name).is_some_and(|value| value == "1");
    match many("SYSTEM_NET_SLOW") || many("SYSTEM_NET_INTEROP") {
        true => 40_000,
        false => 2_000,
    }
}

fn seed() -> u64 {
    environment("SYSTEM_NET_FAULT_SEED").map_or(0x0bad_5eed, |text| text.parse().unwrap())
}

/// Two contexts: one asks servers to continue before bodies and pipelines, one does neither.
fn contexts() -> [NetContext; 2] {
    [false, true].map(|expects| {
        let context = NetContext::new();
        let manager = ServicePointManager::of(&context);
        manager.set_expect_100_continue(expects);
        manager.set_default_connection_limit(6).unwrap();
        context
    })
}

/// Sends all of them, half by threads and half by tasks.
fn run(server: &FaultServer, contexts: &[NetContext; 2], seed: u64, count: u64) -> Vec<Done> {
    let (next, done) = (AtomicU64::new(1), Mutex::new(Vec::new()));
    let take = || {
        let id = next.fetch_add(1, Ordering::Relaxed);
        (id <= count).then(|| {
            let spec = Spec::new(seed, id);
            let url = server.url(&format!("/{id}/{}", spec.length));
            (spec, url)
        })
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (take, done, runtime) = (&take, &done, &runtime);
            scope.spawn(move || match worker % 2 {
                0 => {
                    while let Some((spec, url)) = take() {
                        let context = &contexts[usize::from(spec.expects)];
                        let result = client::perform(context, &url, spec);
                        pause_after(&result);
                        done.lock().unwrap().push(result);
                    }
                }
                _ => runtime.block_on(async {
                    while let Some((spec, url)) = take() {
                        let context = contexts[usize::from(spec.expects)].clone();
                        let task = tokio::spawn(async move {
                            client::perform_async(&context, &url, spec).await
                        });
                        let result = task.await.unwrap();
                        pause_after(&result);
                        done.lock().unwrap().push(result);
                    }
                }),
            });
        }
    });
    done.into_inner().unwrap()
}

/// Where nobody listens the next request fails as fast: not all of them are to meet that.
fn pause_after(done: &Done) {
    if matches!(done.end, End::Failed(WebExceptionStatus::ConnectFailure, _)) {
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn faults_by_chance_are_told_right() {
    let (seed, count) = (seed(), count());
    let server = FaultServer::start(seed, 250);
    let contexts = contexts();
    let all = run(&server, &contexts, seed, count);
    assert_eq!(all.len() as u64, count);
    drop(contexts);
    // Nothing of ours is left: the server sees the ends of all connections.
    let deadline = Instant::now() + Duration::from_secs(60);
    while server.open_connections() > 0 {
        assert!(
            Instant::now() < deadline,
            "{} connections are open",
            server.open_connections()
        );
        // Nothing tells when the other end has gone.
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(server.wrong(), [""; 0], "seed {seed}");
    let mut problems = Vec::new();
    let mut ends: BTreeMap<String, u64> = BTreeMap::new();
    let mut faults: BTreeMap<String, u64> = BTreeMap::new();
    for done in &all {
        let visits = server.visits(done.spec.id);
        problems.extend(verdict::judge(seed, done, &visits).err());
        let end = match &done.end {
            End::Body(_) => "success".to_owned(),
            End::Refused(code, _) => code.to_string(),
            End::Failed(status, _) => status.to_string(),
        };
        *ends.entry(end).or_default() += 1;
        for visit in visits {
            *faults.entry(format!("{:?}", visit.fault)).or_default() += 1;
        }
    }
    println!(
        "seed {seed}, {count} requests, {} restarts: {ends:?}; {faults:?}",
        server.restarts()
    );
    assert!(
        problems.is_empty(),
        "seed {seed}: {} of {count} ended wrongly:\n{}",
        problems.len(),
        problems[..problems.len().min(10)].join("\n")
    );
    // All of it really happened.
    let drawn = Fault::ALL.into_iter().filter(|fault| !fault.stalls());
    for fault in drawn.chain([Fault::Restarted]) {
        assert!(
            faults.contains_key(&format!("{fault:?}")),
            "no {fault:?}: {faults:?}"
        );
    }
    for end in [
        "success",
        "503",
        "413",
        "ConnectFailure",
        "ConnectionClosed",
        "KeepAliveFailure",
        "ReceiveFailure",
        "ServerProtocolViolation",
        "Timeout",
    ] {
        assert!(ends.contains_key(end), "no {end}: {ends:?}");
    }
    assert!(server.restarts() >= count / 1000);
    for welcome in [Welcome::Close, Welcome::Reset] {
        assert!(server.welcomes(welcome) > 0);
    }
}
