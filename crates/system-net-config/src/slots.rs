//! A table with one cell for each type, that only grows and is read without a lock.

use std::any::{Any, TypeId};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// What stands in a slot: empty until its first user has made the object.
type Cell<T> = OnceLock<Arc<T>>;

/// More places than a program has slots, so that nearly all chains have one link.
const BUCKETS: usize = 32;

/// Cells by type, in chains by the hash of the type.
#[derive(Default)]
pub(crate) struct Slots {
    buckets: [Link; BUCKETS],
}

type Link = OnceLock<Box<Node>>;

struct Node {
    id: TypeId,
    /// A `Cell` of the type that `id` says.
    cell: Box<dyn Any + Send + Sync>,
    next: Link,
}

impl Slots {
    /// The cell of a type; an empty one if there was none.
    #[inline]
    pub(crate) fn cell<T: Any + Send + Sync>(&self) -> &Cell<T> {
        let id = TypeId::of::<T>();
        let mut link = &self.buckets[bucket(id)];
        loop {
            let node = match link.get() {
                Some(node) => node,
                // Of several threads one makes the link; the others go on along it.
                None => link.get_or_init(|| Box::new(Node::new::<T>())),
            };
            if node.id == id {
                let cell = node.cell.downcast_ref();
                return cell.expect("a node keeps the cell of the type it is filed under");
            }
            link = &node.next;
        }
    }
}

impl Node {
    #[cold]
    fn new<T: Any + Send + Sync>() -> Self {
        Self {
            id: TypeId::of::<T>(),
            cell: Box::new(Cell::<T>::new()),
            next: Link::new(),
        }
    }
}

/// A type's id is a hash already; its bits need no mixing.
fn bucket(id: TypeId) -> usize {
    let mut bits = IdBits(0);
    id.hash(&mut bits);
    (bits.finish() % BUCKETS as u64) as usize
}

struct IdBits(u64);

impl Hasher for IdBits {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, bits: u64) {
        self.0 ^= bits;
    }

    /// Whatever else the id may be made of one day.
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Tag<const N: usize>;

    /// Makes the cells of a run of types and tells where they are.
    macro_rules! cells {
        ($slots:expr, $($n:literal)*) => {
            [$(std::ptr::from_ref($slots.cell::<Tag<$n>>()).addr()),*]
        };
    }

    #[test]
    fn types_of_one_chain_keep_apart() {
        let slots = Slots::default();
        let all = |slots: &Slots| {
            cells!(slots, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27
                28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49)
        };
        let first = all(&slots);
        let mut different = first.to_vec();
        different.sort_unstable();
        different.dedup();
        // Fifty types in thirty-two places: some share a chain.
        assert_eq!(different.len(), 50);
        assert_eq!(all(&slots), first);
    }
}
