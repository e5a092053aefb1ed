//! The queue with counted wakers: order, dropped waiters, closing, many threads.

#![allow(
    clippy::disallowed_methods,
    reason = "the takers of a queue are plain threads"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use system_net_runtime::block_on;

use super::*;

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

struct Taker<'a> {
    take: Pin<Box<Take<'a, u32>>>,
    count: Arc<Count>,
}

impl<'a> Taker<'a> {
    fn new(queue: &'a Queue<u32>) -> Self {
        Self {
            take: Box::pin(queue.take()),
            count: Arc::default(),
        }
    }

    fn poll(&mut self) -> Poll<Option<u32>> {
        let waker = Waker::from(Arc::clone(&self.count));
        self.take.as_mut().poll(&mut Context::from_waker(&waker))
    }

    fn wakes(&self) -> usize {
        self.count.0.load(Ordering::SeqCst)
    }
}

fn push(queue: &Queue<u32>, item: u32) {
    assert!(queue.push(item, 100).is_ok());
}

#[test]
fn takers_are_served_in_order() {
    let queue = Arc::new(Queue::new());
    let (mut first, mut second) = (Taker::new(&queue), Taker::new(&queue));
    assert!(first.poll().is_pending());
    assert!(second.poll().is_pending());
    push(&queue, 1);
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    push(&queue, 2);
    assert_eq!((first.wakes(), second.wakes()), (1, 1));
    assert_eq!(first.poll(), Poll::Ready(Some(1)));
    assert_eq!(second.poll(), Poll::Ready(Some(2)));
}

#[test]
fn a_dropped_taker_passes_its_wake_on() {
    let queue = Arc::new(Queue::new());
    let (mut first, mut second) = (Taker::new(&queue), Taker::new(&queue));
    assert!(first.poll().is_pending());
    assert!(second.poll().is_pending());
    push(&queue, 1);
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    drop(first);
    assert_eq!(second.wakes(), 1);
    assert_eq!(second.poll(), Poll::Ready(Some(1)));
}

#[test]
fn a_dropped_taker_that_was_not_woken_leaves_the_line() {
    let queue = Arc::new(Queue::new());
    let (mut first, mut second) = (Taker::new(&queue), Taker::new(&queue));
    assert!(first.poll().is_pending());
    assert!(second.poll().is_pending());
    drop(first);
    assert_eq!(second.wakes(), 0);
    push(&queue, 1);
    assert_eq!(second.wakes(), 1);
    assert_eq!(second.poll(), Poll::Ready(Some(1)));
}

#[test]
fn who_was_overtaken_stays_first() {
    let queue = Arc::new(Queue::new());
    let (mut first, mut second) = (Taker::new(&queue), Taker::new(&queue));
    assert!(first.poll().is_pending());
    assert!(second.poll().is_pending());
    push(&queue, 1);
    assert_eq!(queue.try_take(), Some(1));
    assert!(first.poll().is_pending());
    push(&queue, 2);
    assert_eq!((first.wakes(), second.wakes()), (2, 0));
    assert_eq!(first.poll(), Poll::Ready(Some(2)));
}

#[test]
fn a_full_or_closed_queue_takes_nothing() {
    let queue = Arc::new(Queue::new());
    assert!(queue.push(1, 2).is_ok());
    assert!(queue.push(2, 2).is_ok());
    assert!(matches!(queue.push(3, 2), Err(PushError::Full(3))));
    assert_eq!(queue.remove(|item| *item == 2), Some(2));
    assert_eq!(queue.remove(|item| *item == 2), None);
    let mut taker = Taker::new(&queue);
    assert_eq!(taker.poll(), Poll::Ready(Some(1)));
    let mut taker = Taker::new(&queue);
    assert!(taker.poll().is_pending());
    push(&queue, 4);
    assert_eq!(queue.close(), [4]);
    assert_eq!(taker.poll(), Poll::Ready(None));
    assert!(matches!(queue.push(5, 9), Err(PushError::Closed(5))));
}

#[test]
fn many_threads_take_each_item_once() {
    const ITEMS: u32 = 4000;
    let queue = Arc::new(Queue::new());
    let takers: Vec<_> = (0..8)
        .map(|_| {
            let queue = Arc::clone(&queue);
            std::thread::spawn(move || {
                let mut taken = Vec::new();
                while let Some(item) = block_on(queue.take()) {
                    taken.push(item);
                }
                taken
            })
        })
        .collect();
    for item in 0..ITEMS {
        assert!(queue.push(item, usize::MAX).is_ok());
        if item % 7 == 0 {
            drop(queue.take());
        }
    }
    while queue.lock().items.front().is_some() {
        std::thread::yield_now();
    }
    assert!(queue.close().is_empty());
    let mut all: Vec<u32> = takers.into_iter().flat_map(|t| t.join().unwrap()).collect();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..ITEMS));
}
