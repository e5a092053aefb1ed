//! The challenges that the client remembers, with the nonce to go on with in each.

use std::collections::HashMap;
use std::sync::Arc;

use super::client_nonce::Nonce;
use super::session::Session;

/// Most challenges that are remembered.
pub(super) const MAX: usize = 1024;

/// So many are looked at one by one.
const FEW: usize = 4;

#[derive(Default)]
pub(super) struct Sessions {
    /// By server and user.
    by_key: HashMap<u64, Vec<Entry>>,
    count: usize,
    /// The number of the next one: the lowest is the oldest.
    next: u64,
}

struct Entry {
    number: u64,
    nonce: Arc<Nonce>,
}

impl Sessions {
    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn are_few(&self) -> bool {
        self.count <= FEW
    }

    /// The youngest of all that is meant.
    pub(super) fn youngest(&self, wanted: impl Fn(&Nonce) -> bool) -> Option<Arc<Nonce>> {
        let all = self.by_key.values().flatten();
        let meant = all.filter(|entry| wanted(&entry.nonce));
        let youngest = meant.max_by_key(|entry| entry.number)?;
        Some(Arc::clone(&youngest.nonce))
    }

    /// The youngest session under this key that is meant.
    pub(super) fn find(&self, key: u64, wanted: impl Fn(&Nonce) -> bool) -> Option<Arc<Nonce>> {
        let mut entries = self.by_key.get(&key)?.iter().rev();
        let found = entries.find(|entry| wanted(&entry.nonce))?;
        Some(Arc::clone(&found.nonce))
    }

    /// Adds a session in place of those it replaces: the same realm for the same user.
    pub(super) fn add(&mut self, nonce: Arc<Nonce>) {
        let session = &nonce.session;
        let replaced = |known: &Session| {
            known.offer.realm == session.offer.realm && known.credential == session.credential
        };
        self.retain(session.key, |known| !replaced(known));
        if self.count == MAX {
            self.forget_oldest();
        }
        let number = self.next;
        let entries = self.by_key.entry(session.key).or_default();
        entries.push(Entry { number, nonce });
        self.next += 1;
        self.count += 1;
    }

    /// The server has named the nonce to go on with; nothing happens if its session is forgotten,
    /// or if another response has said so before.
    pub(super) fn go_on_with(&mut self, nonce: Nonce) {
        let entries = self.by_key.get_mut(&nonce.session.key);
        let mut entries = entries.into_iter().flatten();
        let entry = entries.find(|entry| Arc::ptr_eq(&entry.nonce.session, &nonce.session));
        if let Some(entry) = entry.filter(|entry| entry.nonce.value != nonce.value) {
            entry.nonce = Arc::new(nonce);
        }
    }

    pub(super) fn remove(&mut self, session: &Arc<Session>) {
        self.retain(session.key, |known| !std::ptr::eq(known, &**session));
    }

    fn retain(&mut self, key: u64, kept: impl Fn(&Session) -> bool) {
        let Some(entries) = self.by_key.get_mut(&key) else {
            return;
        };
        let before = entries.len();
        entries.retain(|entry| kept(&entry.nonce.session));
        self.count -= before - entries.len();
        if entries.is_empty() {
            self.by_key.remove(&key);
        }
    }

    fn forget_oldest(&mut self) {
        let oldest = self.by_key.values().filter_map(|entries| entries.first());
        let oldest = oldest.min_by_key(|entry| entry.number);
        if let Some(session) = oldest.map(|entry| Arc::clone(&entry.nonce.session)) {
            self.remove(&session);
        }
    }
}
