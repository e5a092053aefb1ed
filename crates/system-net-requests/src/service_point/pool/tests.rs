//! Which groups a pool keeps.

use system_net_primitives::{Clock, FakeClock};

use super::*;

fn terms(limit: usize) -> Terms {
    Terms {
        limit,
        max_idle: None,
        now: FakeClock::new().now(),
    }
}

fn named(name: impl AsRef<str>) -> GroupKey {
    GroupKey {
        name: Some(name.as_ref().into()),
        ..GroupKey::default()
    }
}

fn judged() -> GroupKey {
    GroupKey {
        judge: CertificateJudge::new(Some(Arc::new(|_| true)), None),
        ..GroupKey::default()
    }
}

#[track_caller]
fn get(pool: &Pool, key: &GroupKey) -> Grant {
    match pool.acquire(key, terms(1)) {
        Ok(grant) => grant,
        Err(_) => panic!("no place in {key:?}"),
    }
}

fn groups(pool: &Pool) -> usize {
    pool.lock().groups.len()
}

/// A program may name a group for each user, and requests may come with a callback each: what they
/// leave does not add up.
#[test]
fn empty_groups_are_removed() {
    for key in [|user| named(format!("user {user}")), |_| judged()] {
        let pool = Pool::default();
        let usual = get(&pool, &GroupKey::default());
        for user in 0..1000 {
            let grant = get(&pool, &key(user));
            assert_eq!(groups(&pool), 2);
            assert!(!pool.release(grant.group, terms(1), None, None));
        }
        // Many at once, and then none.
        let held: Vec<Grant> = (0..100).map(|user| get(&pool, &key(user))).collect();
        assert_eq!(groups(&pool), 101);
        for grant in held {
            pool.release(grant.group, terms(1), None, None);
        }
        assert_eq!(groups(&pool), 1);
        pool.release(usual.group, terms(1), None, None);
        assert_eq!(groups(&pool), 0);
    }
}

/// As long as a place is in use its group has its number and its generation, and so has one for
/// which somebody waits.
#[test]
fn groups_in_use_stay() {
    let pool = Pool::default();
    let a = get(&pool, &named("a"));
    assert_eq!((a.group.0, a.generation), (0, 0));
    assert!(pool.close_group(Some("a")));
    let b = get(&pool, &named("b"));
    assert_eq!(b.group.0, 1, "the number of a group in use");
    let (waited_for, waiter) = pool.acquire(&named("b"), terms(1)).err().unwrap();
    assert_eq!(waited_for.0, 1);
    pool.release(a.group, terms(1), None, None);
    assert_eq!(groups(&pool), 2);
    let c = get(&pool, &named("c"));
    assert_eq!(c.group.0, 0, "of no use to anybody");

    // The place goes to who waits, and the group with it.
    pool.release(b.group, terms(1), None, None);
    assert_eq!(groups(&pool), 2);
    let granted = waiter.lock().granted.take().unwrap();
    assert_eq!(granted.group.0, 1);
    pool.release(granted.group, terms(1), None, None);
    assert_eq!(groups(&pool), 1);
    // Whoever waited leaves after all that.
    pool.leave(waited_for, &|| terms(1), &waiter);
    pool.release(c.group, terms(1), None, None);
    assert_eq!(groups(&pool), 0);
}
