//! `Lease`: a connection while a request holds it; `Place`: the right to open one.

use std::sync::Arc;

use super::point::ServicePoint;
use super::pool::GroupIndex;
use crate::connection::Connection;

/// What a request gets from its service point.
pub(crate) enum Acquired {
    /// An idle connection.
    Connection(Lease),
    /// A place to open one.
    Place(Place),
}

/// A connection on loan. Dropping it closes the connection and frees its place: only
/// [`give_back`](Self::give_back), after the response has ended, returns it to the pool.
pub(crate) struct Lease {
    // Dropped in this order: the socket is closed before its place is free.
    connection: Box<Connection>,
    place: Place,
}

/// A place for one connection of a service point. Dropping it frees the place.
pub(crate) struct Place {
    /// `None` once the place was freed.
    point: Option<Arc<ServicePoint>>,
    group: GroupIndex,
    generation: u32,
}

impl Lease {
    /// The connection.
    pub(crate) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Returns the connection to the pool. Only for one whose response has ended well.
    pub(crate) fn give_back(self) {
        let Self {
            connection,
            mut place,
        } = self;
        place.free(Some(connection));
    }
}

impl Place {
    pub(super) fn new(point: Arc<ServicePoint>, group: GroupIndex, generation: u32) -> Self {
        Self {
            point: Some(point),
            group,
            generation,
        }
    }

    /// Puts a new connection on the place.
    pub(crate) fn fill(self, mut connection: Connection) -> Lease {
        connection.generation = self.generation;
        connection.opened = self.point.as_ref().and_then(|point| point.lease_start());
        self.refill(Box::new(connection))
    }

    /// Puts a connection of the pool on the place it had.
    pub(super) fn refill(self, connection: Box<Connection>) -> Lease {
        Lease {
            connection,
            place: self,
        }
    }

    fn free(&mut self, connection: Option<Box<Connection>>) {
        if let Some(point) = self.point.take() {
            point.release(self.group, connection);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.free(None);
    }
}
