//! The other server, which /relay asks: over a connection of its own for each client connection,
//! which is kept.

use std::os::fd::AsRawFd;

use tokio::net::TcpStream;

use crate::answer::{decimal, reason};
use crate::connection::{read, write_all, READ_BUFFER_BYTES};
use crate::{kernel, options};

const MAX_HEAD_BYTES: usize = 8192;
const MAX_BODY_BYTES: usize = 65536;

#[derive(Default)]
pub struct Relay {
    stream: Option<TcpStream>,
    received: Vec<u8>,
}

/// The outcome of asking once.
enum Outcome {
    Answered { head: Head, body_start: usize },
    /// Not an answer that is forwarded.
    Refused,
    /// The connection ended before the answer did.
    Lost,
}

#[derive(Clone, Copy)]
struct Head {
    status: u16,
    length: usize,
    keeps_open: bool,
}

impl Relay {
    /// Status and body of the answer: 502 when the upstream fails.
    pub async fn ask(&mut self) -> (u16, &[u8]) {
        let mut outcome = self.exchange().await;
        if matches!(outcome, Outcome::Lost) {
            // It may have closed a kept connection meanwhile: then it is asked once more.
            self.stream = dial().await;
            outcome = self.exchange().await;
        }
        let Outcome::Answered { head, body_start } = outcome else {
            self.stream = None;
            return (502, b"");
        };
        let end = body_start + head.length;
        if !head.keeps_open || self.received.len() > end {
            self.stream = None;
        }
        let body = if head.status == 200 { &self.received[body_start..end] } else { b"" };
        (head.status, body)
    }

    async fn exchange(&mut self) -> Outcome {
        let (Some(stream), Some(upstream)) = (&mut self.stream, &options().upstream) else {
            return Outcome::Lost;
        };
        if write_all(stream, &upstream.request).await.is_err() {
            return Outcome::Lost;
        }
        self.received.clear();
        let mut buffer = [0; READ_BUFFER_BYTES];
        let mut found = None;
        loop {
            match read(stream, &mut buffer).await {
                Ok(n) if n > 0 => self.received.extend_from_slice(&buffer[..n]),
                _ => return Outcome::Lost,
            }
            if found.is_none() {
                let end = find(&self.received, b"\r\n\r\n");
                if end.unwrap_or(self.received.len()) > MAX_HEAD_BYTES {
                    return Outcome::Refused;
                }
                let Some(end) = end else { continue };
                let Some(head) = parse_head(&self.received[..end]) else {
                    return Outcome::Refused;
                };
                found = Some((head, end + 4));
            }
            if let Some((head, body_start)) = found {
                if self.received.len() >= body_start + head.length {
                    return Outcome::Answered { head, body_start };
                }
            }
        }
    }
}

async fn dial() -> Option<TcpStream> {
    let upstream = options().upstream.as_ref()?;
    let stream = TcpStream::connect(upstream.address).await.ok()?;
    kernel::set_connection_options(stream.as_raw_fd());
    Some(stream)
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn parse_head(text: &[u8]) -> Option<Head> {
    let (line, mut rest) = cut(text, b"\r\n");
    let (status, is_http10) = parse_status_line(line)?;
    let mut length = None;
    let mut keeps_open = !is_http10;
    while !rest.is_empty() {
        let (line, after) = cut(rest, b"\r\n");
        rest = after;
        let (name, value) = cut(line, b":");
        let value = trim(value);
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            return None;
        }
        if name.eq_ignore_ascii_case(b"connection") && has_word(value, b"close") {
            keeps_open = false;
        }
        if name.eq_ignore_ascii_case(b"content-length") {
            let value = decimal(value, MAX_BODY_BYTES)?;
            if length.is_some_and(|earlier| earlier != value) {
                return None;
            }
            length = Some(value);
        }
    }
    Some(Head { status, length: length?, keeps_open })
}

fn parse_status_line(line: &[u8]) -> Option<(u16, bool)> {
    let rest = line.strip_prefix(b"HTTP/1.")?;
    let is_http10 = match rest.first()? {
        b'0' => true,
        b'1' => false,
        _ => return None,
    };
    let rest = rest[1..].strip_prefix(b" ")?;
    if rest.len() > 3 && rest[3] != b' ' {
        return None;
    }
    let status = decimal(rest.get(..3)?, 999)? as u16;
    reason(status).map(|_| (status, is_http10))
}

/// The text before the separator and the text after it; all of it and nothing when there is none.
fn cut<'a>(text: &'a [u8], separator: &[u8]) -> (&'a [u8], &'a [u8]) {
    match find(text, separator) {
        Some(at) => (&text[..at], &text[at + separator.len()..]),
        None => (text, b""),
    }
}

fn trim(text: &[u8]) -> &[u8] {
    let is_text = |&b: &u8| b != b' ' && b != b'\t';
    let first = text.iter().position(is_text).unwrap_or(text.len());
    let last = text.iter().rposition(is_text).map_or(first, |at| at + 1);
    &text[first..last]
}

fn has_word(list: &[u8], word: &[u8]) -> bool {
    list.split(|&b| b == b',').any(|part| trim(part).eq_ignore_ascii_case(word))
}
