//! The bucket by a clock that is moved by hand.

use std::num::NonZeroU64;
use std::time::Duration;

use system_net_primitives::{Clock, FakeClock};

use super::bucket::Bucket;

fn rate(bytes: u64) -> NonZeroU64 {
    NonZeroU64::new(bytes).unwrap()
}

/// Takes `wanted` again and again for `seconds`, waiting as long as it is told, and gives what it
/// got.
fn drain(bytes_per_second: u64, wanted: usize, seconds: u64) -> u64 {
    let clock = FakeClock::new();
    let begin = clock.now();
    let end = begin + Duration::from_secs(seconds);
    let mut bucket = Bucket::new(rate(bytes_per_second), begin);
    let mut got = 0;
    while clock.now() < end {
        match bucket.take(wanted, clock.now()) {
            Ok(taken) => {
                assert!((1..=wanted).contains(&taken));
                got += taken as u64;
            }
            Err(wait) => {
                assert!(
                    wait > Duration::ZERO && wait <= Duration::from_secs(1),
                    "{wait:?}"
                );
                clock.advance(wait);
            }
        }
    }
    got
}

/// The rate comes out, whatever is asked for at once: no less than it, and no more than a tenth of
/// a second's worth on top.
#[test]
fn rate_limit_holds_to_the_byte() {
    for bytes_per_second in [1, 7, 10, 99, 1000, 65_536, 1_000_003, 10_000_000_000] {
        for wanted in [1, 3, 1000, 65_536, usize::MAX] {
            // Byte by byte it would take long to get many.
            if bytes_per_second / wanted as u64 > 100_000 {
                continue;
            }
            let seconds = 10;
            let got = drain(bytes_per_second, wanted, seconds);
            let least = bytes_per_second * seconds;
            let most = least + (bytes_per_second / 10).max(1);
            // A wait that ends beyond the end leaves less than it was for.
            let missing = (bytes_per_second / 10).max(1);
            assert!(
                (least - missing..=most).contains(&got),
                "{bytes_per_second}/s in {wanted}: {got} of {least}..={most}"
            );
        }
    }
}

/// What nobody wants is not saved up.
#[test]
fn idle_time_is_not_saved_up() {
    let clock = FakeClock::new();
    let mut bucket = Bucket::new(rate(1000), clock.now());
    clock.advance(Duration::from_secs(3600));
    assert_eq!(bucket.take(usize::MAX, clock.now()), Ok(100));
    assert_eq!(
        bucket.take(usize::MAX, clock.now()),
        Err(Duration::from_millis(50))
    );
    bucket.give_back(30);
    assert_eq!(bucket.take(20, clock.now()), Ok(20));
    // A clock that goes back takes nothing away.
    let mut earlier = Bucket::new(rate(1000), clock.now() + Duration::from_secs(9));
    assert_eq!(earlier.take(10, clock.now()), Ok(10));
    bucket.set_rate(rate(10), clock.now());
    assert_eq!(
        bucket.take(1, clock.now()),
        Ok(1),
        "cut to what it may hold"
    );
    assert_eq!(bucket.take(1, clock.now()), Err(Duration::from_millis(100)));
}
