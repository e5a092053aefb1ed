//! Numbers of objects and threads, and times.

use std::collections::HashSet;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use system_net_diagnostics::{Emitter, Source, Traced};

use crate::{Traces, to_file};

/// Thread, milliseconds and the rest of a line.
fn parts(line: &str) -> (u32, u64, &str) {
    let (thread, rest) = line[1..].split_once("] (").unwrap();
    let (milliseconds, rest) = rest.split_once(") ").unwrap();
    (thread.parse().unwrap(), milliseconds.parse().unwrap(), rest)
}

#[test]
fn trace_ids_and_times() {
    let traces = Traces::new(&to_file("System.Net.Sockets", "Verbose"));
    let before = process_age();
    let together = Arc::new(Barrier::new(4));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let object = Traced::new();
                let socket = Emitter::new(Source::Sockets, "Socket", &object);
                // Numbers of threads are those of the system, which may give one again after its
                // thread has ended.
                together.wait();
                for _ in 0..3 {
                    socket
                        .enter("Send", format_args!(""))
                        .exit(format_args!(""));
                }
                together.wait();
            });
        }
    });
    let text = traces.read("network.log");
    let lines: Vec<_> = text.lines().map(parts).collect();
    assert_eq!(lines.len(), 24);
    let threads: HashSet<u32> = lines.iter().map(|(thread, ..)| *thread).collect();
    assert_eq!(threads.len(), 4);
    let mut objects = HashSet::new();
    for thread in threads {
        let of_thread: Vec<_> = lines.iter().filter(|(it, ..)| *it == thread).collect();
        assert_eq!(of_thread.len(), 6);
        assert!(of_thread.is_sorted_by_key(|(_, milliseconds, _)| *milliseconds));
        let object = |line: &str| {
            let (_, rest) = line.split_once("Socket#").unwrap();
            rest.split_once("::").unwrap().0.parse::<u32>().unwrap()
        };
        let numbers: HashSet<u32> = of_thread.iter().map(|(_, _, line)| object(line)).collect();
        assert_eq!(numbers.len(), 1, "an object has one number");
        objects.extend(numbers);
    }
    assert_eq!(objects.len(), 4, "each object has its own");
    // Milliseconds count from the start of the program: each is between what it had lived before
    // and what it has lived now, as far as the system tells: to a second.
    let after = process_age();
    let inexact = Duration::from_millis(1020);
    for (_, milliseconds, line) in lines {
        let at = Duration::from_millis(milliseconds);
        assert!(
            before <= at + inexact && at <= after + inexact,
            "{line}: {before:?} {at:?} {after:?}"
        );
    }
}

/// From the time of day at which the machine started, which has whole seconds, and that of the
/// process in hundredths of a second after it.
fn process_age() -> Duration {
    let read = |path| std::fs::read_to_string(path).unwrap();
    let stat = read("/proc/self/stat");
    let started = stat.rsplit(')').next().unwrap().split_whitespace().nth(19);
    let started: u64 = started.unwrap().parse().unwrap();
    let stat = read("/proc/stat");
    let machine = stat.lines().find_map(|line| line.strip_prefix("btime "));
    let machine: u64 = machine.unwrap().parse().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let start = Duration::from_secs(machine) + Duration::from_millis(started * 10);
    now.saturating_sub(start)
}

#[test]
fn numbers_are_drawn_once() {
    let object = Arc::new(Traced::new());
    assert_eq!(format!("{object:?}"), "Traced(0)");
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let object = Arc::clone(&object);
            thread::spawn(move || object.number())
        })
        .collect();
    let drawn: HashSet<u32> = threads.into_iter().map(|it| it.join().unwrap()).collect();
    assert_eq!(drawn.len(), 1);
    let others: HashSet<u32> = (0..100).map(|_| Traced::new().number()).collect();
    assert_eq!(others.len(), 100);
    assert!(others.is_disjoint(&drawn));
    assert_eq!(size_of::<Traced>(), 4);
}
