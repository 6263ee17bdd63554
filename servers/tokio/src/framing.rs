//! HTTP/1.1 request framing (docs/PROTOCOL.md, section 3): bytes in, requests out. No I/O, no
//! allocation; how TCP split the bytes makes no difference. After `Rejected` it is used no more.
//!
//!   state        waits for                         next
//!   LineStart    first byte of a request line      Method, LineStartLf (empty line), Target
//!   Method       token                             Target at SP
//!   Target       printable text                    Version at SP
//!   Version      HTTP/1.0 or HTTP/1.1, then CR     LineLf
//!   LineLf       LF of the request or header line  HeaderStart
//!   HeaderStart  a name, or the empty line's CR    Name, HeadLf
//!   Name         token                             ValueStart at ':'
//!   ValueStart   optional white space              Value
//!   Value        text, up to CR                    LineLf
//!   HeadLf       LF of the empty line              Body, Complete
//!   Body         Content-Length bytes              Complete
//!   Complete     the next call of next             LineStart

use crate::headers::{Header, Headers, Refused};

pub const MAX_TARGET_BYTES: usize = 64;
const MAX_HEAD_BYTES: usize = 8192;
const MAX_BODY_BYTES: u64 = 1 << 20;
const MAX_EMPTY_LINES: u8 = 4;
const MAX_METHOD_BYTES: u8 = 16;

pub enum Event {
    /// The input is used up.
    NeedMore,
    /// The framing's fields have it; the input holds what follows it.
    Request,
    /// How to refuse: 400, 431 or 501; then close.
    Rejected(u16),
}

#[derive(Clone, Copy, PartialEq, PartialOrd, Default)]
enum State {
    #[default]
    LineStart,
    LineStartLf,
    Method,
    Target,
    Version,
    LineLf,
    HeaderStart,
    Name,
    ValueStart,
    Value,
    HeadLf,
    /// Every state before this one is in the head.
    Body,
    Complete,
    Refused,
}

pub struct Framing {
    pub is_get: bool,
    pub is_post: bool,
    /// The connection ends after the answer.
    pub closes: bool,
    state: State,
    status: u16,
    empty_lines: u8,
    method_bytes: u8,
    version_bytes: usize,
    target_bytes: usize, // MAX_TARGET_BYTES + 1 once it is too long to matter
    head_bytes: usize,
    is_http10: bool,
    body_left: u64,
    headers: Headers,
    target: [u8; MAX_TARGET_BYTES],
}

impl Default for Framing {
    fn default() -> Self {
        Framing {
            is_get: true,
            is_post: true,
            closes: false,
            state: State::default(),
            status: 0,
            empty_lines: 0,
            method_bytes: 0,
            version_bytes: 0,
            target_bytes: 0,
            head_bytes: 0,
            is_http10: false,
            body_left: 0,
            headers: Headers::default(),
            target: [0; MAX_TARGET_BYTES],
        }
    }
}

pub fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b)
}

fn is_target(b: u8) -> bool {
    (0x21..=0x7e).contains(&b)
}

fn is_value(b: u8) -> bool {
    b == b'\t' || (b >= 0x20 && b != 0x7f)
}

fn span(bytes: &[u8], wanted: fn(u8) -> bool) -> usize {
    bytes.iter().position(|&b| !wanted(b)).unwrap_or(bytes.len())
}

impl Framing {
    /// Empty when it is longer than anything that is served.
    pub fn target(&self) -> &[u8] {
        self.target.get(..self.target_bytes).unwrap_or(b"")
    }

    /// Consumes bytes from the front of the input until something happens.
    pub fn next(&mut self, input: &mut &[u8]) -> Event {
        if self.state == State::Complete {
            *self = Framing::default();
        }
        while !input.is_empty() && self.state < State::Body {
            let taken = self.take_head(input);
            *input = &input[taken..];
        }
        if self.state == State::Body {
            let skipped = self.body_left.min(input.len() as u64);
            *input = &input[skipped as usize..];
            self.body_left -= skipped;
            if self.body_left == 0 {
                self.state = State::Complete;
            }
        }
        match self.state {
            State::Complete => Event::Request,
            State::Refused => Event::Rejected(self.status),
            _ => Event::NeedMore,
        }
    }

    /// Takes a run of bytes, the byte after it, or both; returns how many: at least one.
    fn take_head(&mut self, input: &[u8]) -> usize {
        if self.head_bytes == MAX_HEAD_BYTES {
            self.refuse(431);
            return 1;
        }
        let input = &input[..input.len().min(MAX_HEAD_BYTES - self.head_bytes)];
        let mut taken = self.take_run(input);
        if let Some(&b) = input.get(taken) {
            self.step(b);
            taken += 1;
        }
        self.head_bytes += taken;
        taken
    }

    /// Takes bytes that step would take one by one, with the same outcome: those that most heads
    /// are made of. May take none; the byte at which it stops is left to step.
    fn take_run(&mut self, input: &[u8]) -> usize {
        match self.state {
            State::LineStart if input.starts_with(b"GET ") => {
                self.is_post = false;
                self.method_bytes = 3;
                self.state = State::Target;
                4
            }
            State::Target => {
                let length = span(input, is_target);
                self.take_target(&input[..length]);
                length
            }
            State::Version if self.version_bytes == 0 && input.starts_with(b"HTTP/1.1\r\n") => {
                self.state = State::HeaderStart;
                10
            }
            State::Name => {
                let length = span(input, is_token);
                self.headers.name(&input[..length]);
                length
            }
            State::Value if self.headers.current == Header::Other => {
                let length = span(input, is_value);
                if !input[length..].starts_with(b"\r\n") {
                    return length;
                }
                self.state = State::HeaderStart;
                length + 2
            }
            _ => 0,
        }
    }

    fn step(&mut self, b: u8) {
        match self.state {
            State::LineStart => self.on_line_start(b),
            State::LineStartLf => self.expect(b, b'\n', State::LineStart),
            State::Method => self.on_method(b),
            State::Target => self.on_target(b),
            State::Version => self.on_version(b),
            State::LineLf => self.expect(b, b'\n', State::HeaderStart),
            State::HeaderStart if b == b'\r' => self.state = State::HeadLf,
            State::HeaderStart => {
                self.headers.start_name();
                self.state = State::Name;
                self.on_name(b);
            }
            State::Name => self.on_name(b),
            State::ValueStart if b == b' ' || b == b'\t' => {}
            State::ValueStart | State::Value => {
                self.state = State::Value;
                self.on_value(b);
            }
            State::HeadLf if b == b'\n' => self.end_head(),
            State::HeadLf => self.refuse(400),
            State::Body | State::Complete | State::Refused => unreachable!(),
        }
    }

    fn refuse(&mut self, status: u16) {
        self.status = status;
        self.state = State::Refused;
    }

    fn expect(&mut self, b: u8, wanted: u8, next: State) {
        if b == wanted {
            self.state = next;
        } else {
            self.refuse(400);
        }
    }

    fn on_line_start(&mut self, b: u8) {
        if b != b'\r' {
            self.state = State::Method;
            return self.on_method(b);
        }
        self.empty_lines += 1;
        if self.empty_lines > MAX_EMPTY_LINES {
            return self.refuse(400);
        }
        self.state = State::LineStartLf;
    }

    fn on_method(&mut self, b: u8) {
        if b == b' ' && self.method_bytes > 0 {
            self.is_get = self.is_get && self.method_bytes == 3;
            self.is_post = self.is_post && self.method_bytes == 4;
            self.state = State::Target;
            return;
        }
        if !is_token(b) || self.method_bytes == MAX_METHOD_BYTES {
            return self.refuse(400);
        }
        let at = usize::from(self.method_bytes);
        self.is_get = self.is_get && b"GET".get(at) == Some(&b);
        self.is_post = self.is_post && b"POST".get(at) == Some(&b);
        self.method_bytes += 1;
    }

    fn on_target(&mut self, b: u8) {
        if b == b' ' && self.target_bytes > 0 {
            self.state = State::Version;
        } else if is_target(b) {
            self.take_target(&[b]);
        } else {
            self.refuse(400);
        }
    }

    fn take_target(&mut self, bytes: &[u8]) {
        let at = self.target_bytes.min(MAX_TARGET_BYTES);
        let room = bytes.len().min(MAX_TARGET_BYTES - at);
        self.target[at..at + room].copy_from_slice(&bytes[..room]);
        self.target_bytes = (self.target_bytes + bytes.len()).min(MAX_TARGET_BYTES + 1);
    }

    fn on_version(&mut self, b: u8) {
        const PREFIX: &[u8] = b"HTTP/1.";
        match PREFIX.get(self.version_bytes) {
            Some(&wanted) if b != wanted => self.refuse(400),
            Some(_) => {}
            None if self.version_bytes > PREFIX.len() => self.expect(b, b'\r', State::LineLf),
            None if b == b'0' || b == b'1' => self.is_http10 = b == b'0',
            None => self.refuse(400),
        }
        self.version_bytes += 1;
    }

    fn on_name(&mut self, b: u8) {
        if b == b':' && !self.headers.is_name_empty() {
            match self.headers.end_name() {
                Ok(()) => self.state = State::ValueStart,
                Err(Refused) => self.refuse(400),
            }
        } else if is_token(b) {
            self.headers.name(&[b]);
        } else {
            self.refuse(400);
        }
    }

    fn on_value(&mut self, b: u8) {
        let outcome = match b {
            b'\r' => self.headers.end_value(),
            _ if is_value(b) => self.headers.value(b),
            _ => Err(Refused),
        };
        match outcome {
            Ok(()) if b == b'\r' => self.state = State::LineLf,
            Ok(()) => {}
            Err(Refused) => self.refuse(400),
        }
    }

    fn end_head(&mut self) {
        let headers = &self.headers;
        let length = headers.length.unwrap_or(0);
        if !headers.has_host && !self.is_http10 {
            return self.refuse(400);
        }
        if headers.has_transfer_encoding {
            let is_bad = headers.length.is_some() || self.is_http10;
            return self.refuse(if is_bad { 400 } else { 501 });
        }
        if length > MAX_BODY_BYTES {
            return self.refuse(431);
        }
        self.closes = headers.asks_close || (self.is_http10 && !headers.asks_keep_alive);
        self.body_left = length;
        self.state = State::Body;
    }
}
