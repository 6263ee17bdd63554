//! What is answered: request in, answer out. No I/O.

use std::sync::LazyLock;

use crate::burn::burn_cpu;
use crate::counters;
use crate::framing::Framing;
use crate::options;

pub const GREETING: &[u8] = b"I am server!";
pub const CHUNK_BYTES: usize = 65536;

const MAX_WORK_US: usize = 1_000_000;
const MAX_BYTES: usize = 16 << 20;
const MAX_SLEEP_MS: usize = 10_000;

/// One chunk at any of the 26 phases of the alphabet.
pub static ALPHABET: LazyLock<Vec<u8>> =
    LazyLock::new(|| (b'a'..=b'z').cycle().take(CHUNK_BYTES + 26).collect());

pub enum Answer {
    Head(u16),
    Greeting,
    Alphabet(usize),
    /// After that many milliseconds, the greeting.
    Sleep(u64),
    Relay,
}

pub fn reason(status: u16) -> Option<&'static str> {
    Some(match status {
        200 => "200 OK",
        400 => "400 Bad Request",
        404 => "404 Not Found",
        405 => "405 Method Not Allowed",
        431 => "431 Request Header Fields Too Large",
        501 => "501 Not Implemented",
        502 => "502 Bad Gateway",
        _ => return None,
    })
}

/// Answers a complete request; burns the CPU time that /work asks for. Counts the request.
pub fn answer(request: &Framing) -> Answer {
    counters::add(|c| &c.requests, 1);
    let target = request.target();
    // Framing has read the body.
    if request.is_post && target == b"/upload" {
        return Answer::Greeting;
    }
    if !request.is_get {
        return Answer::Head(405);
    }
    if target == b"/" {
        return Answer::Greeting;
    }
    if let Some(us) = parameter(target, b"/work?us=", MAX_WORK_US) {
        burn_cpu(us as u64);
        return Answer::Greeting;
    }
    if let Some(n) = parameter(target, b"/bytes?n=", MAX_BYTES) {
        return Answer::Alphabet(n);
    }
    if let Some(ms) = parameter(target, b"/sleep?ms=", MAX_SLEEP_MS) {
        return Answer::Sleep(ms as u64);
    }
    if target == b"/relay" && options().upstream.is_some() {
        return Answer::Relay;
    }
    Answer::Head(404)
}

/// The number that follows the prefix, when that is all of the target: digits, at most max.
fn parameter(target: &[u8], prefix: &[u8], max: usize) -> Option<usize> {
    decimal(target.strip_prefix(prefix)?, max)
}

/// A number of digits and nothing else, at most max.
pub fn decimal(text: &[u8], max: usize) -> Option<usize> {
    let mut number = 0;
    for b in text {
        if !b.is_ascii_digit() {
            return None;
        }
        number = number * 10 + usize::from(b - b'0');
        if number > max {
            return None;
        }
    }
    (!text.is_empty()).then_some(number)
}
