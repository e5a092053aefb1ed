//! Responses that may go out only so fast. Time for the limits is moved by hand: what is asserted is how
//! many bytes have come by when, which no load of the machine changes.

use std::io::{Read, Write};
use std::num::NonZeroU64;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use system_net_http_listener::{HttpListener, HttpListenerErrorKind, RateLimit, TestListener};
use system_net_primitives::FakeClock;

use crate::support::{Client, HANG, answer_with, connect};
use crate::tls::tls_client;

const MIB: u64 = 1024 * 1024;
/// Bytes come into a limit's bucket in steps that lose none of them.
const STEP: Duration = Duration::from_millis(50);

fn limit(clock: &Arc<FakeClock>) -> RateLimit {
    let rate = NonZeroU64::new(MIB).unwrap();
    RateLimit::with_clock(rate, Arc::<FakeClock>::clone(clock))
}

/// Answers `/N` and `/x/N` with N bytes, each on a thread; with `?stream` through the stream.
fn sized(listener: &TestListener) {
    answer_with(listener, |mut context| {
        thread::spawn(move || {
            let url = context.request().raw_url().to_owned();
            let path = url.split('?').next().unwrap();
            let length: usize = path.rsplit('/').next().unwrap().parse().unwrap();
            let body = vec![b'x'; length];
            let response = context.response_mut();
            if query_is_stream(&url) {
                response.set_content_length64(length as u64).unwrap();
                let mut stream = response.output_stream().unwrap();
                // A client that has seen enough goes away.
                if stream.write_all(&body).is_ok() {
                    stream.close().unwrap();
                }
            } else {
                response.close_with(body).unwrap();
            }
        });
    });
}

fn query_is_stream(url: &str) -> bool {
    url.ends_with("?stream")
}

/// What has come by when.
struct Metered<'a, S> {
    stream: S,
    clock: &'a FakeClock,
    passed: Duration,
    got: u64,
}

impl<S: Read> Metered<'_, S> {
    /// What may have come until now: what came in the time, and what the bucket held at first.
    fn most(&self) -> u64 {
        MIB * self.passed.as_millis() as u64 / 1000 + MIB / 10
    }

    /// Reads what is due now.
    #[track_caller]
    fn read_due(&mut self) {
        let mut block = vec![0; 65_536];
        // Less than half of the bucket is not given out.
        while self.got < self.most() - MIB / 20 {
            let read = self.stream.read(&mut block).unwrap();
            assert!(read > 0, "closed after {}", self.got);
            self.got += read as u64;
            assert!(self.got <= self.most(), "{} of {}", self.got, self.most());
        }
    }

    #[track_caller]
    fn run(&mut self, time: Duration) {
        let end = self.passed + time;
        self.read_due();
        while self.passed < end {
            self.clock.advance(STEP);
            self.passed += STEP;
            self.read_due();
        }
    }
}

/// F03-51.
#[test]
fn listener_throttle_rate() {
    #[track_caller]
    fn check<S: Read + Write>(clock: &FakeClock, path: &str, connect: impl Fn() -> S) {
        let mut stream = connect();
        let request = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        // The first one is not limited, and is not held up by the one behind it.
        let both = request("/fast/1000000") + &request(path);
        stream.write_all(both.as_bytes()).unwrap();
        let mut client = Client::over(stream);
        assert_eq!(client.answer().body.len(), 1_000_000);
        let (stream, early) = client.into_parts();
        let mut slow = Metered {
            stream,
            clock,
            passed: Duration::ZERO,
            got: early.len() as u64,
        };
        // While the clock stands still, so does the limited one; the other prefix is not slowed.
        slow.read_due();
        let mut fast = Client::over(connect());
        assert_eq!(fast.get("/fast/8388608").body.len(), 8 << 20);
        let time = Duration::from_secs(4);
        slow.run(time);
        let exact = MIB * time.as_secs();
        assert!(
            slow.got.abs_diff(exact) <= exact / 10,
            "{} of {exact}",
            slow.got
        );
    }
    for secure in [false, true] {
        for path in ["/slow/5242880", "/slow/5242880?stream"] {
            let listener = match secure {
                false => HttpListener::test_http().unwrap(),
                true => HttpListener::test_https().unwrap(),
            };
            let scheme = if secure { "https" } else { "http" };
            let prefix = format!("{scheme}://127.0.0.1:0/slow/");
            listener.prefixes().add(&prefix).unwrap();
            let clock = Arc::new(FakeClock::new());
            let set = listener
                .prefixes()
                .set_bandwidth_limit(&prefix, Some(limit(&clock)));
            set.unwrap();
            sized(&listener);
            match secure {
                false => check(&clock, path, || connect(&listener.url(""))),
                true => check(&clock, path, || {
                    let ca = listener.ca().unwrap();
                    tls_client(&listener.url(""), ca, "localhost").into_inner()
                }),
            }
        }
    }
}

/// All connections of a limit share it, and clients that it holds back are not taken for slow ones.
#[test]
fn a_limit_is_shared_and_nobody_is_cut_off_by_it() {
    let listener = HttpListener::test_http().unwrap();
    let timeouts = listener.timeout_manager();
    timeouts.set_min_send_bytes_per_second(1000).unwrap();
    timeouts.set_min_send_period(Duration::from_millis(20));
    let clock = Arc::new(FakeClock::new());
    listener.set_bandwidth_limit(Some(limit(&clock))).unwrap();
    sized(&listener);
    let (sender, pieces) = std::sync::mpsc::channel();
    for path in ["/4194304", "/4194304?stream"] {
        let mut stream = connect(&listener.url(""));
        let sender = sender.clone();
        thread::spawn(move || {
            let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
            stream.write_all(request.as_bytes()).unwrap();
            let mut block = vec![0; 65_536];
            loop {
                match stream.read(&mut block) {
                    Ok(read) if read > 0 && sender.send((path, read)).is_ok() => {}
                    _ => return,
                }
            }
        });
    }
    drop(sender);
    let (mut got, mut passed) = ([0_u64; 2], Duration::ZERO);
    while passed < Duration::from_secs(4) {
        let most = MIB * passed.as_millis() as u64 / 1000 + MIB / 10;
        // Either may wait with less than half of the bucket in it.
        while got[0] + got[1] < most - MIB / 20 {
            let (path, read) = pieces.recv_timeout(HANG).unwrap();
            got[usize::from(query_is_stream(path))] += read as u64;
            assert!(got[0] + got[1] <= most, "{got:?} of {most}");
        }
        if passed == Duration::from_secs(2) {
            // Long enough for whoever were slow to be cut off, many times.
            thread::sleep(Duration::from_millis(300));
        }
        clock.advance(STEP);
        passed += STEP;
    }
    assert!(got[0] > 0 && got[1] > 0, "{got:?}");
}

/// By the clock of the system, which can only be too slow.
#[test]
fn a_limit_in_real_time() {
    let listener = HttpListener::test_http().unwrap();
    sized(&listener);
    let rate = RateLimit::new(NonZeroU64::new(MIB).unwrap());
    listener.set_bandwidth_limit(Some(rate)).unwrap();
    let begun = Instant::now();
    let mut client = Client::new(&listener);
    assert_eq!(client.get("/1048576").body.len() as u64, MIB);
    let took = begun.elapsed();
    // A tenth of a second's worth goes out at once.
    assert!(took >= Duration::from_millis(890), "{took:?}");
    // A limit that is lifted is gone, on this connection too: this would take a minute.
    listener.set_bandwidth_limit(None).unwrap();
    assert!(listener.bandwidth_limit().is_none());
    let begun = Instant::now();
    assert_eq!(client.get("/67108864").body.len(), 64 << 20);
    assert!(begun.elapsed() < Duration::from_secs(50));
}

#[test]
fn limits_of_prefixes_go_with_them() {
    let listener = HttpListener::test_http().unwrap();
    let prefixes = listener.prefixes();
    let rate = RateLimit::new(NonZeroU64::new(1000).unwrap());
    let missing = prefixes.set_bandwidth_limit("http://127.0.0.1:0/x/", Some(rate.clone()));
    assert_eq!(missing.unwrap_err().kind(), HttpListenerErrorKind::Misuse);
    let prefix = "http://127.0.0.1:0/x/";
    prefixes.add(prefix).unwrap();
    prefixes.set_bandwidth_limit(prefix, Some(rate)).unwrap();
    let own = prefixes.bandwidth_limit(prefix).unwrap();
    assert_eq!(own.bytes_per_second().get(), 1000);
    assert!(prefixes.remove(prefix).unwrap());
    prefixes.add(prefix).unwrap();
    assert!(prefixes.bandwidth_limit(prefix).is_none());
    listener.close();
    let closed = listener.set_bandwidth_limit(None).unwrap_err();
    assert_eq!(closed.kind(), HttpListenerErrorKind::Misuse);
}
