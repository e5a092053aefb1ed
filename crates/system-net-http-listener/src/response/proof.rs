//! What a response gives of a login that covers its body: the proof in its head, or behind the body.

use system_net_primitives::HttpVersion;

use super::HttpListenerResponse;
use crate::authentication::{INFO, KnownBody, ResponseProof, TrailingProof};

impl HttpListenerResponse {
    /// The proof of a login that covers the body is to be given.
    pub(crate) fn set_proof(&mut self, proof: ResponseProof) {
        self.seldom.get_or_insert_default().proof = Some(proof);
    }

    /// Puts the proof into the head, or announces it for the trailers.
    #[cold]
    pub(super) fn give_proof(&mut self, body: KnownBody<'_>) {
        let proof = self.seldom.as_ref().and_then(|it| it.proof.as_ref());
        let Some(proof) = proof else {
            return;
        };
        let http10 = self.version < HttpVersion::VERSION11;
        let info = proof.field(self.status, body, http10);
        // An earlier attempt to give the head may have failed.
        self.headers.remove_engine(INFO);
        let is_announced = |field: &[u8]| {
            field
                .split(|b| *b == b',')
                .any(|name| name.trim_ascii() == INFO.as_bytes())
        };
        match info {
            Some(info) => self.put_field(INFO, &info),
            None if self.headers.get_all("Trailer").any(is_announced) => {}
            None => self.put_field("Trailer", INFO),
        }
    }

    /// The proof that stands behind the body, if the head does not have it.
    pub(super) fn take_trailing_proof(&mut self) -> Option<Box<TrailingProof>> {
        let proof = self.seldom.as_mut()?.proof.take()?;
        let in_head = self.headers.contains(INFO);
        (!in_head).then(|| Box::new(proof.behind_body()))
    }
}
