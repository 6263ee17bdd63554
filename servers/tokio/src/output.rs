//! A connection's sending side: answers are collected, so that the requests of one read are
//! answered by one write.

use std::io::{self, Write};

use tokio::net::TcpStream;

use crate::answer::{reason, ALPHABET, CHUNK_BYTES, GREETING};
use crate::connection::write_all;

const OUTPUT_BUFFER_BYTES: usize = 1024;
/// Longer than the longest head.
const MAX_HEAD_BYTES: usize = 160;

pub struct Output {
    used: usize,
    buffer: [u8; OUTPUT_BUFFER_BYTES],
}

impl Output {
    pub fn new() -> Self {
        Output { used: 0, buffer: [0; OUTPUT_BUFFER_BYTES] }
    }

    /// Writes what is collected.
    pub async fn flush(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        let used = std::mem::take(&mut self.used);
        write_all(stream, &self.buffer[..used]).await
    }

    /// Collects an answer; a body that does not fit is written by itself.
    pub async fn send(
        &mut self,
        stream: &mut TcpStream,
        status: u16,
        body: &[u8],
        closes: bool,
    ) -> io::Result<()> {
        self.head(stream, status, body.len(), closes).await?;
        if body.len() <= OUTPUT_BUFFER_BYTES - self.used {
            self.add(body);
            return Ok(());
        }
        self.flush(stream).await?;
        write_all(stream, body).await
    }

    pub async fn send_alphabet(
        &mut self,
        stream: &mut TcpStream,
        length: usize,
        closes: bool,
    ) -> io::Result<()> {
        if length <= CHUNK_BYTES {
            return self.send(stream, 200, &ALPHABET[..length], closes).await;
        }
        self.head(stream, 200, length, closes).await?;
        self.flush(stream).await?;
        for offset in (0..length).step_by(CHUNK_BYTES) {
            let size = (length - offset).min(CHUNK_BYTES);
            let phase = offset % 26;
            write_all(stream, &ALPHABET[phase..phase + size]).await?;
        }
        Ok(())
    }

    /// With room for a body of up to 12 bytes behind it.
    async fn head(
        &mut self,
        stream: &mut TcpStream,
        status: u16,
        length: usize,
        closes: bool,
    ) -> io::Result<()> {
        let mut head = [0; MAX_HEAD_BYTES];
        let mut rest = &mut head[..];
        let reason = reason(status).expect("a status of the protocol");
        let allow = if status == 405 { "\r\nAllow: GET" } else { "" };
        let close = if closes { "\r\nConnection: close" } else { "" };
        write!(
            rest,
            "HTTP/1.1 {reason}\r\nContent-Type: text/plain\r\nContent-Length: {length}{allow}{close}\r\n\r\n",
        )?;
        let size = MAX_HEAD_BYTES - rest.len();
        let with_body = if length <= GREETING.len() { size + length } else { size };
        if self.used + with_body > OUTPUT_BUFFER_BYTES {
            self.flush(stream).await?;
        }
        self.add(&head[..size]);
        Ok(())
    }

    fn add(&mut self, bytes: &[u8]) {
        self.buffer[self.used..self.used + bytes.len()].copy_from_slice(bytes);
        self.used += bytes.len();
    }
}
