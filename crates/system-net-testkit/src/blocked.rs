//! Threads seen from outside: whether they wait in the kernel, which nothing announces.

#![allow(
    clippy::disallowed_methods,
    reason = "what the lists of the kernel show is looked at again and again, in real time"
)]

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// A thread, or the threads of a process, of which a test wants to know that a call waits.
#[derive(Clone, Debug)]
pub struct Blocked {
    /// Holds a folder for each thread, or is that of one.
    folder: PathBuf,
}

/// Only a hang takes so long.
const HANG: Duration = Duration::from_secs(60);

impl Blocked {
    /// The calling thread, to be handed to the one that is to wait for it.
    #[must_use]
    pub fn this_thread() -> Self {
        let id = rustix::thread::gettid().as_raw_nonzero();
        let folder = format!("/proc/self/task/{id}");
        Self {
            folder: folder.into(),
        }
    }

    /// Any thread of a process that this one has started.
    #[must_use]
    pub fn any_of(process: u32) -> Self {
        let folder = format!("/proc/{process}/task");
        Self {
            folder: folder.into(),
        }
    }

    /// Waits until the thread, or one of them, waits in a system call that is no lock of the
    /// program's.
    ///
    /// # Panics
    ///
    /// After a minute.
    #[track_caller]
    pub fn wait(&self) {
        assert!(self.wait_at_most(HANG), "no thread waits in the kernel");
    }

    /// As [`wait`](Self::wait), for some time; whether one waits.
    #[must_use]
    pub fn wait_at_most(&self, time: Duration) -> bool {
        let limit = Instant::now() + time;
        while !self.is_blocked() {
            if Instant::now() >= limit {
                return false;
            }
            thread::sleep(Duration::from_millis(1));
        }
        true
    }

    fn is_blocked(&self) -> bool {
        if self.folder.ends_with("task") {
            let threads = std::fs::read_dir(&self.folder).into_iter().flatten();
            return threads.flatten().any(|thread| waits(&thread.path()));
        }
        waits(&self.folder)
    }
}

/// Whether a thread sleeps in a system call other than `futex`.
fn waits(folder: &Path) -> bool {
    let read = |file| std::fs::read_to_string(folder.join(file)).unwrap_or_default();
    // `7102 (name) S 1 …`: the name may have any characters.
    let state = read("stat");
    let state = state.rsplit(')').next().unwrap_or_default();
    if !state.trim_start().starts_with('S') {
        return false;
    }
    // `running`, or the number of the call and what it was given.
    let call = read("syscall");
    let number = call
        .split(' ')
        .next()
        .and_then(|number| number.parse().ok());
    number.is_some_and(|number: i64| number != libc::SYS_futex)
}
