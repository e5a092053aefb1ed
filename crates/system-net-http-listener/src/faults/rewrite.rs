//! Changes of the head of an answer: what it says of its body.

/// What the head shall say.
#[derive(Clone, Copy, Debug)]
pub(super) enum Framing {
    /// Chunks, the first of which is none.
    BadChunk,
    Length(u64),
}

/// Collects a head, and changes it once it is whole.
#[derive(Debug)]
pub(super) struct Rewrite {
    framing: Framing,
    collected: Vec<u8>,
}

impl Rewrite {
    pub(super) fn new(framing: Framing) -> Self {
        Self {
            framing,
            collected: Vec::new(),
        }
    }

    /// Takes bytes of the answer. Gives what is to be sent in their place, once that is known; from then on
    /// they go as they are.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.collected.extend_from_slice(bytes);
        let mut sent = Vec::new();
        loop {
            let end = self.collected.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
            let rest = self.collected.split_off(end);
            let head = std::mem::replace(&mut self.collected, rest);
            // An interim one has no body.
            if head.get(9) == Some(&b'1') {
                sent.extend_from_slice(&head);
                continue;
            }
            sent.extend(self.head(&head));
            sent.append(&mut self.collected);
            return Some(sent);
        }
    }

    fn head(&self, head: &[u8]) -> Vec<u8> {
        let mut changed = Vec::new();
        let lines = head.split_inclusive(|byte| *byte == b'\n');
        for line in lines.filter(|line| *line != b"\r\n") {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
            let framing: [&[u8]; 2] = [b"Content-Length", b"Transfer-Encoding"];
            if !framing.iter().any(|known| name.eq_ignore_ascii_case(known)) {
                changed.extend_from_slice(line);
            }
        }
        match self.framing {
            Framing::BadChunk => {
                changed.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\nno size\r\n");
            }
            Framing::Length(length) => {
                changed.extend(format!("Content-Length: {length}\r\n\r\n").into_bytes());
            }
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_changed_however_they_come() {
        let answer =
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\nA: b\r\n\r\nxy";
        for at in 0..answer.len() {
            let mut rewrite = Rewrite::new(Framing::Length(9));
            let mut sent = rewrite.feed(&answer[..at]);
            match &mut sent {
                Some(sent) => sent.extend_from_slice(&answer[at..]),
                None => sent = rewrite.feed(&answer[at..]),
            }
            // The interim one may have to wait for the other.
            let text = String::from_utf8(sent.unwrap()).unwrap();
            assert!(text.ends_with("HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 9\r\n\r\nxy"));
        }
        let mut chunk = Rewrite::new(Framing::BadChunk);
        let sent = chunk
            .feed(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nxy")
            .unwrap();
        let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\nxy";
        assert_eq!(sent, text.as_bytes());
    }
}
