//! A place changes its group: a connection nobody had logged in on becomes one user's own.

use super::{GroupIndex, GroupKey, Owner, Pool, Terms};
use crate::connection::Connection;
use crate::service_point::pipe::Pipe;

impl Pool {
    /// Moves a place that is in use, and the connection on it, from nobody's group to the same
    /// group of one user. Gives the number of the new group; `None`: the place stays where it is.
    ///
    /// It stays unless the groups differ in their owner alone, nobody has logged in on the
    /// connection, nobody's request is out behind its owner's, its group was not closed meanwhile,
    /// and the user has a place left and no idle connection, which may be logged in already.
    pub(in crate::service_point) fn give_to_owner(
        &self,
        from: GroupIndex,
        to: &GroupKey,
        terms: Terms,
        connection: &mut Connection,
        pipe: Option<&Pipe>,
    ) -> Option<GroupIndex> {
        if connection.logged_in || !matches!(to.owner, Owner::User(_)) {
            return None;
        }
        // What is replaced or emptied may hold callbacks: dropped when the lock is gone.
        let (index, woken, _replaced, _emptied);
        {
            let mut state = self.lock();
            let source = state.group(from);
            let nobodys = GroupKey {
                owner: Owner::Nobody,
                ..to.clone()
            };
            if source.key != nobodys
                || connection.generation != source.generation
                || pipe.is_some_and(Pipe::has_members)
            {
                return None;
            }
            (index, _replaced) = state.index_of(to);
            let target = state.group(index);
            if !target.idle.is_empty() || !target.waiters.is_empty() || target.busy >= terms.limit {
                return None;
            }
            target.busy += 1;
            connection.generation = target.generation;
            let source = state.group(from);
            source.busy -= 1;
            let mut wakers = self.serve_waiters(source, from, terms.limit);
            wakers.extend(source.owner_to_wake());
            woken = wakers;
            _emptied = state.trim();
        }
        woken.into_iter().for_each(std::task::Waker::wake);
        Some(index)
    }
}
