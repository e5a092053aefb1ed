//! `Lease`: a connection while a request holds it; `Place`: the right to open one.

use std::sync::{Arc, Weak};
use std::task::Context;

use system_net_http_proto::PreparedRequest;

use super::pipe::Pipe;
use super::point::ServicePoint;
use super::pool::{Grant, GroupIndex, GroupKey};
use crate::connection::Connection;

/// What a request gets from its service point.
pub(crate) enum Acquired {
    /// An idle connection.
    Connection(Lease),
    /// A place to open one.
    Place(Place),
    /// A connection on which the request went out behind another, whose response has been read.
    Turn(Lease, Option<PreparedRequest>),
}

/// A connection on loan. Dropping it closes the connection and frees its place: only
/// [`give_back`](Self::give_back), after the response has ended, returns it to the pool, or passes
/// it on to whose response comes next.
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
    /// What goes out behind others on the connection.
    pipe: Option<Arc<Pipe>>,
    /// The request went out behind another, and its response has not begun.
    turn: bool,
    /// Others may wait for a place, and go out behind. Where places are left nobody waits.
    last: bool,
}

impl Lease {
    /// The connection.
    pub(crate) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// The request may have others behind it, and is about to wait for the head of its response: sends
    /// along what waits, and will be woken when there is more.
    pub(crate) fn take_along(&mut self, cx: &Context<'_>) {
        let Self { connection, place } = self;
        let (Some(pipe), Some(point), true) = (&place.pipe, &place.point, place.last) else {
            return;
        };
        pipe.park(cx);
        point.take_along(place.group, pipe, connection);
    }

    /// The head is there: nobody is taken along any more.
    pub(crate) fn answered(&mut self) {
        let place = &mut self.place;
        if let Some(pipe) = place.pipe.as_ref().filter(|_| place.last) {
            pipe.unpark();
            if std::mem::take(&mut place.turn)
                && let Some(point) = &place.point
            {
                point.facts.pipelining_worked();
            }
        }
    }

    /// Makes a connection on which nobody is logged in, and whose response has ended, the one user's
    /// whose group this is. False: it stays where it is.
    pub(crate) fn give_to_owner(&mut self, point: &Arc<ServicePoint>, group: &GroupKey) -> bool {
        let Self { connection, place } = self;
        let own = place.point.as_ref().filter(|own| Arc::ptr_eq(own, point));
        let moved = own.and_then(|own| {
            own.give_to_owner(place.group, group, connection, place.pipe.as_deref())
        });
        let Some(index) = moved else {
            return false;
        };
        place.group = index;
        place.generation = connection.generation;
        // What goes out behind others is a matter of the group it came from.
        place.pipe = None;
        true
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
    /// What was granted at `point`, and its connection.
    pub(super) fn new(point: Arc<ServicePoint>, grant: Grant) -> (Self, Option<Box<Connection>>) {
        let place = Self {
            point: Some(point),
            group: grant.group,
            generation: grant.generation,
            pipe: grant.pipe,
            turn: grant.turn,
            last: grant.last,
        };
        (place, grant.connection)
    }

    /// Puts a new connection on the place.
    pub(crate) fn fill(mut self, mut connection: Connection) -> Lease {
        // Of the one that was here before.
        self.pipe = None;
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

    /// The place for a connection that is there beyond the request that opens it.
    pub(crate) fn lasting(mut self) -> LastingPlace {
        let point = self.point.take();
        LastingPlace {
            point: point.as_ref().map_or_else(Weak::new, Arc::downgrade),
            group: self.group,
        }
    }

    fn free(&mut self, connection: Option<Box<Connection>>) {
        let Some(point) = self.point.take() else {
            return;
        };
        let pipe = self.pipe.take();
        if let Some(pipe) = pipe.as_ref().filter(|_| self.last) {
            pipe.unpark();
            // A response that never came, or others behind one that ended the connection.
            if connection.is_none() && (self.turn || pipe.has_members()) {
                point.facts.pipelining_failed();
            }
        }
        point.release(self.group, connection, pipe);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.free(None);
    }
}

/// A place that does not keep its service point alive: of a connection that many requests share.
/// Dropping it frees the place.
pub(crate) struct LastingPlace {
    point: Weak<ServicePoint>,
    group: GroupIndex,
}

impl LastingPlace {
    /// The service point, unless that is gone.
    pub(crate) fn point(&self) -> Option<Arc<ServicePoint>> {
        self.point.upgrade()
    }
}

impl Drop for LastingPlace {
    fn drop(&mut self) {
        if let Some(point) = self.point.upgrade() {
            point.release(self.group, None, None);
        }
    }
}
