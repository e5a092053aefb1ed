//! A blocking call and a connection in every place a program may use them from.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use system_net_runtime::{TcpTransport, block_on, timeout_at};

use crate::support::{
    connect, counting_server, current_thread_runtime, foreign_block_on, multi_thread_runtime,
    round, wait_in_vain,
};

/// A blocking call, whole: connect, two rounds, close.
#[track_caller]
fn call(server: SocketAddr) {
    let before = Instant::now();
    block_on(async {
        let deadline = Instant::now() + Duration::from_secs(20);
        timeout_at(Some(deadline), async {
            let mut transport = connect(server).await;
            round(&mut transport, 7).await;
            round(&mut transport, 200).await;
            wait_in_vain(&mut transport).await;
            assert!(!transport.is_registered());
        })
        .await
        .unwrap();
    });
    assert!(before.elapsed() < Duration::from_secs(10));
}

#[test]
fn no_runtime() {
    call(counting_server());
}

#[test]
fn inside_a_multi_thread_runtime() {
    let server = counting_server();
    multi_thread_runtime().block_on(async {
        call(server);
        tokio::spawn(async move { call(server) }).await.unwrap();
    });
}

#[test]
fn inside_a_current_thread_runtime() {
    let server = counting_server();
    current_thread_runtime()
        .block_on(async {
            call(server);
            tokio::spawn(async move { call(server) }).await.unwrap();
            let local = tokio::task::LocalSet::new();
            local
                .run_until(async { tokio::task::spawn_local(async move { call(server) }).await })
                .await
        })
        .unwrap();
}

#[test]
fn inside_spawn_blocking_and_block_in_place() {
    let server = counting_server();
    multi_thread_runtime().block_on(async {
        tokio::task::spawn_blocking(move || call(server))
            .await
            .unwrap();
        tokio::spawn(async move { tokio::task::block_in_place(|| call(server)) })
            .await
            .unwrap();
    });
    current_thread_runtime().block_on(async {
        tokio::task::spawn_blocking(move || call(server))
            .await
            .unwrap();
    });
}

#[test]
fn with_a_runtime_entered_that_nobody_drives() {
    let server = counting_server();
    let runtime = current_thread_runtime();
    let _context = runtime.enter();
    call(server);
}

#[test]
fn sixty_four_plain_threads() {
    let server = counting_server();
    let threads: Vec<_> = (0..64)
        .map(|_| thread::spawn(move || call(server)))
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn nested_in_itself() {
    let server = counting_server();
    block_on(async {
        let mut outer = connect(server).await;
        round(&mut outer, 3).await;
        call(server);
        round(&mut outer, 4).await;
        block_on(async {
            block_on(async { round(&mut outer, 5).await });
            round(&mut outer, 6).await;
        });
        round(&mut outer, 8).await;
    });
}

#[test]
fn a_runtime_inside_a_blocking_call() {
    let server = counting_server();
    block_on(async {
        let mut transport = connect(server).await;
        round(&mut transport, 3).await;
        for runtime in [current_thread_runtime(), multi_thread_runtime()] {
            runtime.block_on(async {
                round(&mut transport, 4).await;
                wait_in_vain(&mut transport).await;
            });
            assert!(transport.is_registered());

            round(&mut transport, 5).await;
        }
        foreign_block_on(round(&mut transport, 6));
        round(&mut transport, 7).await;
    });
}

/// The runtime is the one the blocking call began in, so comparing runtimes would not show it.
#[test]
fn the_same_runtime_entered_again_inside_a_blocking_call() {
    let server = counting_server();
    let runtime = multi_thread_runtime();
    let handle = runtime.handle().clone();
    runtime
        .block_on(async move {
            tokio::task::spawn_blocking(move || {
                block_on(async {
                    let mut transport = connect(server).await;
                    round(&mut transport, 3).await;
                    handle.block_on(round(&mut transport, 4));
                    round(&mut transport, 5).await;
                });
            })
            .await
        })
        .unwrap();
}

#[test]
fn another_executor() {
    let server = counting_server();
    foreign_block_on(async {
        let mut transport = connect(server).await;
        round(&mut transport, 100).await;
        call(server);
        round(&mut transport, 101).await;
        let deadline = Instant::now() + Duration::from_millis(20);
        timeout_at(Some(deadline), std::future::pending::<()>())
            .await
            .unwrap_err();
    });
}

struct CallOnDrop {
    server: SocketAddr,
    transport: Option<TcpTransport>,
    in_destructor: bool,
    done: mpsc::Sender<()>,
}

impl Drop for CallOnDrop {
    fn drop(&mut self) {
        call(self.server);
        call(self.server);
        if let Some(mut transport) = self.transport.take() {
            block_on(round(&mut transport, 9));
            if self.in_destructor {
                let tokio = tokio::runtime::Handle::try_current();
                assert!(tokio.is_err_and(|error| error.is_thread_local_destroyed()));
                foreign_block_on(async {
                    round(&mut transport, 10).await;
                    let deadline = Instant::now() + Duration::from_millis(20);
                    timeout_at(Some(deadline), std::future::pending::<()>())
                        .await
                        .unwrap_err();
                });
            }
        }
        self.done.send(()).unwrap();
    }
}

thread_local! {
    static LATE: RefCell<Option<CallOnDrop>> = const { RefCell::new(None) };
}

/// Thread-locals are destroyed in the reverse order of their first use on this platform, so
/// one that was used before tokio's and ours lives longer than they.
#[test]
fn in_a_destructor_of_a_thread_local() {
    let server = counting_server();
    let (done, finished) = mpsc::channel();
    for warm in [false, true] {
        let done = done.clone();
        thread::spawn(move || {
            LATE.with(|late| assert!(late.borrow().is_none()));
            let transport = warm.then(|| {
                call(server);
                let runtime = current_thread_runtime();
                runtime.block_on(async {
                    let mut transport = connect(server).await;
                    round(&mut transport, 1).await;
                    wait_in_vain(&mut transport).await;
                    assert!(transport.is_registered());

                    transport
                })
            });
            LATE.with(|late| {
                *late.borrow_mut() = Some(CallOnDrop {
                    server,
                    transport,
                    in_destructor: true,
                    done,
                });
            });
        })
        .join()
        .unwrap();
        finished.recv_timeout(Duration::from_secs(20)).unwrap();
    }
}

#[test]
fn in_drop_while_a_runtime_shuts_down() {
    let server = counting_server();
    let (done, finished) = mpsc::channel();
    for runtime in [current_thread_runtime(), multi_thread_runtime()] {
        let done = done.clone();
        let (started, begun) = mpsc::channel();
        runtime.spawn(async move {
            let mut transport = connect(server).await;
            round(&mut transport, 1).await;
            wait_in_vain(&mut transport).await;
            assert!(transport.is_registered());

            let guard = CallOnDrop {
                server,
                transport: Some(transport),
                in_destructor: false,
                done,
            };
            started.send(()).unwrap();
            std::future::pending::<()>().await;
            drop(guard);
        });
        runtime.block_on(async {
            while begun.try_recv().is_err() {
                tokio::task::yield_now().await;
            }
        });
        drop(runtime);
        finished.recv_timeout(Duration::from_secs(20)).unwrap();
    }
}

/// tokio's channels take from a budget that is renewed only between polls of the task.
#[test]
fn the_cooperative_budget_of_a_task_does_not_stop_a_blocking_call() {
    current_thread_runtime().block_on(async {
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        for number in 0..2000 {
            sender.send(number).unwrap();
        }
        block_on(async {
            for number in 0..2000 {
                assert_eq!(receiver.recv().await, Some(number));
            }
        });
    });
}

#[test]
fn a_panic_leaves_the_thread_usable() {
    let server = counting_server();
    block_on(async {
        let mut transport = connect(server).await;
        round(&mut transport, 1).await;
        let caught = std::panic::catch_unwind(|| block_on(async { panic!("of the future") }));
        assert!(caught.is_err());
        round(&mut transport, 2).await;
    });
    call(server);
}

/// The documented limit: the peer lives on the thread that is blocked. The deadline ends it.
#[test]
fn a_peer_on_the_blocked_thread_ends_by_the_deadline() {
    current_thread_runtime().block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let _connection = listener.accept().await;
            std::future::pending::<()>().await;
        });
        let before = Instant::now();
        block_on(async {
            let mut transport = connect(server).await;
            let deadline = Instant::now() + Duration::from_millis(50);
            timeout_at(Some(deadline), round(&mut transport, 1))
                .await
                .unwrap_err();
        });
        assert!(before.elapsed() >= Duration::from_millis(50));
    });
}
