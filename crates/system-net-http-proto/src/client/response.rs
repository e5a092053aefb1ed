//! The heads a client reads, and what they mean for the connection.

use std::borrow::Cow;

use system_net_primitives::{HttpVersion, WebHeaderCollection};

use super::{ClientConnection, ClientEvent, Exchange, State};
use crate::body::BodyReader;
use crate::error::{Place, ProtoError, Rule};
use crate::facts::Facts;
use crate::fields::{FieldRules, parse_fields, unfold};
use crate::framing::{BodyFraming, ResponseContext, response_framing};
use crate::head::{ResponseHead, reason_text};
use crate::limits::LimitName;
use crate::section::SectionLimits;
use crate::start_line::{check_response_start, parse_status_line};
use crate::usual;

impl ClientConnection {
    pub(super) fn poll_head(&mut self) -> Result<ClientEvent, ProtoError> {
        let Some(&exchange) = self.exchanges.front() else {
            return Ok(ClientEvent::End);
        };
        if !self.persistent {
            // RFC 9112 section 9.6: no further response comes after one with "close".
            return Err(ProtoError::eof(Place::Start));
        }
        if self.input.is_empty() && !self.eof {
            return Ok(ClientEvent::NeedInput);
        }
        check_response_start(self.input.data())?;
        if self.scanner.is_fresh()
            && !self.limits.unsafe_header_parsing
            && let Some(usual) = usual::read(
                self.input.data(),
                &self.limits,
                self.head_memory,
                &mut self.last_head,
            )
            && let Ok(line) = parse_status_line(&self.input.data()[..usual.first_end], true)
        {
            let (version, status, reason) = line;
            let reason = reason_text(status, reason);
            self.head_memory = usual.memory();
            let usual::Usual {
                headers,
                facts,
                length,
                ..
            } = usual;
            return self.settle(exchange, (version, status, reason), headers, facts, length);
        }
        let section = SectionLimits {
            bytes: self.limits.head_bytes,
            bytes_name: LimitName::HeadBytes,
            first_line: self.limits.start_line_bytes,
            first_place: Place::StartLine,
            place: Place::Headers,
        };
        let Some(length) = self.scanner.scan(self.input.data(), section)? else {
            if !self.eof {
                return Ok(ClientEvent::NeedInput);
            }
            return Err(ProtoError::eof(match self.scanner.line_ends() {
                _ if self.input.is_empty() => Place::Start,
                [] => Place::StartLine,
                _ => Place::Headers,
            }));
        };
        if self.limits.unsafe_header_parsing {
            unfold(self.input.data_mut(), self.scanner.line_ends_mut(), 1);
        }
        self.read_head(length, exchange)
    }

    fn read_head(&mut self, length: usize, exchange: Exchange) -> Result<ClientEvent, ProtoError> {
        let data = self.input.data();
        let Some((&first_end, field_ends)) = self.scanner.line_ends().split_first() else {
            return Err(ProtoError::grammar(Rule::StatusLine, Place::StartLine).at(0));
        };
        let first_end = first_end as usize;
        let (version, status, reason) =
            parse_status_line(&data[..first_end - 1], self.scanner.is_clean())?;
        let rules = FieldRules {
            most: self.limits.headers,
            place: Place::Headers,
            space_before_colon: self.limits.unsafe_header_parsing,
            clean: self.scanner.is_clean(),
        };
        let mut facts = Facts::default();
        let headers = parse_fields(data, first_end + 1, field_ends, 2, rules, &mut facts)?;
        let reason = reason_text(status, reason);
        self.settle(exchange, (version, status, reason), headers, facts, length)
    }

    /// What a head means that takes so many bytes of the input.
    #[inline]
    fn settle(
        &mut self,
        exchange: Exchange,
        (version, status, reason): (HttpVersion, u16, Cow<'static, str>),
        headers: WebHeaderCollection,
        facts: Facts,
        length: usize,
    ) -> Result<ClientEvent, ProtoError> {
        let context = ResponseContext {
            head_request: exchange.head_request,
        };
        let (mut framing, trusted) = response_framing(&facts, version, status, context)?;
        let switches = status == 101 || exchange.connect && (200..300).contains(&status);
        if switches {
            // RFC 9112 section 6.3, item 2: a 2xx to CONNECT has no body; its length is ignored.
            framing = BodyFraming::None;
        }
        let mut head = ResponseHead::new(
            version,
            status,
            reason,
            headers,
            framing,
            facts.conflicting_lengths(),
            facts.login,
        );
        // Limits of heads are below 4 GiB.
        head.wire_length = self.interim_length + length as u32;
        self.input.consume(length);
        self.offset = length as u64;
        self.scanner.reset();
        if (100..200).contains(&status) && status != 101 {
            return self.informational(head);
        }
        if status == 101 && !exchange.upgrade {
            return Err(ProtoError::grammar(
                Rule::UnexpectedUpgrade,
                Place::StartLine,
            ));
        }
        self.settle_continue();
        if switches {
            self.persistent = false;
            self.state = State::Upgraded;
        } else {
            self.persistent = trusted && exchange.persistent && facts.persistent(version);
            self.state = State::Body(BodyReader::new(framing));
        }
        Ok(ClientEvent::Head(head))
    }

    fn informational(&mut self, head: ResponseHead) -> Result<ClientEvent, ProtoError> {
        self.informational += 1;
        self.interim_length = head.wire_length;
        if self.informational > self.limits.informational {
            return Err(ProtoError::limit(
                LimitName::Informational,
                Place::StartLine,
            ));
        }
        if head.status == 100
            && let Some(exchange) = self.exchanges.front_mut()
        {
            exchange.awaits_continue = false;
        }
        self.offset = 0;
        Ok(ClientEvent::Informational(head))
    }

    /// The final response is there. If the body was held back for 100 (Continue), it will not be
    /// sent at all: the server may take it for the next request.
    fn settle_continue(&mut self) {
        let Some(exchange) = self.exchanges.front_mut() else {
            return;
        };
        let held_back = exchange.awaits_continue && !self.writer.body_begun();
        exchange.awaits_continue = false;
        if held_back && self.exchanges.len() == 1 {
            self.writer.abandon();
        }
    }

    #[inline]
    pub(super) fn end_exchange(&mut self) {
        self.exchanges.pop_front();
        self.state = State::Head;
        self.scanner.reset();
        self.offset = 0;
        self.informational = 0;
        self.interim_length = 0;
        self.started = !self.exchanges.is_empty() && !self.input.is_empty();
        self.input.shrink();
    }
}
