// Event: order, locks, removal, also from inside of handlers.

use std::sync::{Arc, Mutex};

use system_net_primitives::{Event, Subscription};

/// Notes what handlers were called, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn handler(&self, name: &'static str) -> impl Fn(&u32) + Send + Sync + 'static {
        let log = self.clone();
        move |n| log.note(format!("{name}{n}"))
    }

    fn note(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    fn take(&self) -> String {
        self.0
            .lock()
            .unwrap()
            .drain(..)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

#[test]
fn handlers_are_called_in_order_until_their_subscription_drops() {
    let (event, log) = (Event::new(), Log::default());
    event.raise(&0);
    assert!(!event.has_handlers());
    let a = event.on(log.handler("a"));
    let b = event.on(log.handler("b"));
    event.on(log.handler("c")).forever();
    event.raise(&1);
    assert_eq!(log.take(), "a1 b1 c1");
    drop(a);
    event.raise(&2);
    assert_eq!(log.take(), "b2 c2");
    b.unsubscribe();
    event.raise(&3);
    assert_eq!(log.take(), "c3");
    assert!(event.has_handlers());
}

#[test]
fn a_handler_may_add_remove_and_raise() {
    let (event, log) = (Arc::new(Event::new()), Log::default());
    let own: Arc<Mutex<Option<Subscription>>> = Arc::default();
    let late: Arc<Mutex<Option<Subscription>>> = Arc::default();
    let subscription = event.on({
        let (event, log, own, late) = (
            Arc::downgrade(&event),
            log.clone(),
            Arc::clone(&own),
            Arc::clone(&late),
        );
        move |n: &u32| {
            log.note(format!("once{n}"));
            let event = event.upgrade().unwrap();
            // Takes itself out, adds another, raises again: none of these may block.
            drop(own.lock().unwrap().take());
            *late.lock().unwrap() = Some(event.on(log.handler("late")));
            event.raise(&(n + 10));
        }
    });
    *own.lock().unwrap() = Some(subscription);
    event.on(log.handler("last")).forever();
    event.raise(&1);
    // The inner raise finds the list without the first and with the late one; the outer goes on
    // with the list it had, without the late one.
    assert_eq!(log.take(), "once1 last11 late11 last1");
    event.raise(&2);
    assert_eq!(log.take(), "last2 late2");
}

#[test]
fn a_handler_removed_by_an_earlier_one_is_not_called_any_more() {
    let (event, log) = (Event::new(), Log::default());
    let second: Arc<Mutex<Option<Subscription>>> = Arc::default();
    event
        .on({
            let second = Arc::clone(&second);
            move |_: &u32| drop(second.lock().unwrap().take())
        })
        .forever();
    *second.lock().unwrap() = Some(event.on(log.handler("second")));
    event.raise(&1);
    assert_eq!(log.take(), "");
}

#[test]
fn dropping_a_handler_may_use_the_event() {
    /// Raises when it is dropped, which needs the lock to be free.
    struct Raiser(Arc<Event<u32>>, Log);
    impl Drop for Raiser {
        fn drop(&mut self) {
            self.1.note("dropped".into());
            self.0.raise(&7);
        }
    }
    let (event, log) = (Arc::new(Event::new()), Log::default());
    let raiser = Raiser(Arc::clone(&event), log.clone());
    let subscription = event.on(move |_| {
        let _keep = &raiser;
    });
    event.on(log.handler("other")).forever();
    drop(subscription);
    assert_eq!(log.take(), "dropped other7");
}

#[test]
fn a_subscription_may_outlive_its_event() {
    let event = Event::<u32>::new();
    let subscription = event.on(|_| {});
    drop(event);
    drop(subscription);
}

#[test]
fn many_threads_subscribe_and_raise() {
    let (event, log) = (Event::new(), Log::default());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in 0..200 {
                    let subscription = event.on(log.handler("x"));
                    event.raise(&n);
                    drop(subscription);
                }
            });
        }
    });
    assert!(!event.has_handlers());
    assert!(log.take().len() >= 4 * 200 * 2);
}

#[test]
fn texts_without_size_can_be_raised() {
    let event = Event::<str>::new();
    let seen = Arc::new(Mutex::new(String::new()));
    event
        .on({
            let seen = Arc::clone(&seen);
            move |text: &str| seen.lock().unwrap().push_str(text)
        })
        .forever();
    event.raise("hello");
    assert_eq!(*seen.lock().unwrap(), "hello");
}
