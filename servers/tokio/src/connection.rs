//! One connection, in straight lines: read, answer, write.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::answer::{answer, Answer, GREETING};
use crate::counters::{self, Open};
use crate::framing::{Event, Framing};
use crate::output::Output;
use crate::upstream::Relay;

pub const READ_BUFFER_BYTES: usize = 1024;
const MAX_LINGER_BYTES: usize = 65536;

/// Reads at least one byte; 0 is end of file.
pub async fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    let n = stream.read(buffer).await?;
    counters::add(|c| &c.reads, 1);
    counters::add(|c| &c.bytes_read, n as u64);
    Ok(n)
}

pub async fn write_all(stream: &mut TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let n = stream.write(bytes).await?;
        counters::add(|c| &c.writes, 1);
        counters::add(|c| &c.bytes_written, n as u64);
        bytes = &bytes[n..];
    }
    Ok(())
}

/// Serves one connection in http mode until it ends.
pub async fn process(stream: TcpStream) {
    let open = Open;
    // Whatever ends it, the connection is over.
    let _ = Conversation::new(stream).run().await;
    drop(open);
}

/// Serves one connection in greeting mode, the protocol of the article: read, write, done.
pub async fn greet(mut stream: TcpStream) {
    let open = Open;
    let mut buffer = [0; READ_BUFFER_BYTES];
    if let Ok(1..) = read(&mut stream, &mut buffer).await {
        counters::add(|c| &c.requests, 1);
        let _ = write_all(&mut stream, GREETING).await;
    }
    drop(stream);
    drop(open);
}

struct Conversation {
    stream: TcpStream,
    framing: Framing,
    output: Output,
    relay: Option<Box<Relay>>, // of the first /relay on
}

impl Conversation {
    fn new(stream: TcpStream) -> Self {
        Conversation { stream, framing: Framing::default(), output: Output::new(), relay: None }
    }

    async fn run(mut self) -> io::Result<()> {
        let mut buffer = [0; READ_BUFFER_BYTES];
        loop {
            let n = read(&mut self.stream, &mut buffer).await?;
            if n == 0 {
                return Ok(());
            }
            let goes_on = self.answer_all(&buffer[..n]).await?;
            self.output.flush(&mut self.stream).await?;
            if !goes_on {
                return self.linger(&mut buffer).await;
            }
        }
    }

    /// Answers every request that the input completes; false when the connection is to end.
    async fn answer_all(&mut self, mut input: &[u8]) -> io::Result<bool> {
        loop {
            match self.framing.next(&mut input) {
                Event::NeedMore => return Ok(true),
                Event::Request => {
                    let (reply, closes) = (answer(&self.framing), self.framing.closes);
                    self.send(reply, closes).await?;
                    if closes {
                        return Ok(false);
                    }
                }
                Event::Rejected(status) => {
                    counters::add(|c| &c.requests, 1);
                    self.send_head(status, true).await?;
                    return Ok(false);
                }
            }
        }
    }

    async fn send(&mut self, reply: Answer, closes: bool) -> io::Result<()> {
        match reply {
            Answer::Greeting => {}
            Answer::Head(status) => return self.send_head(status, closes).await,
            Answer::Alphabet(n) => {
                return self.output.send_alphabet(&mut self.stream, n, closes).await;
            }
            Answer::Sleep(0) => {}
            Answer::Sleep(ms) => {
                self.output.flush(&mut self.stream).await?;
                tokio::time::sleep(Duration::from_millis(ms)).await;
            }
            Answer::Relay => return self.relay(closes).await,
        }
        self.output.send(&mut self.stream, 200, GREETING, closes).await
    }

    async fn send_head(&mut self, status: u16, closes: bool) -> io::Result<()> {
        self.output.send(&mut self.stream, status, b"", closes).await
    }

    async fn relay(&mut self, closes: bool) -> io::Result<()> {
        self.output.flush(&mut self.stream).await?;
        let relay = self.relay.get_or_insert_default();
        let (status, body) = relay.ask().await;
        self.output.send(&mut self.stream, status, body, closes).await
    }

    /// Ends the sending side and reads what the peer still sends, so that closing does not reset
    /// the connection before the peer has read the last answer.
    async fn linger(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.stream.shutdown().await?;
        let mut seen = 0;
        while seen < MAX_LINGER_BYTES {
            match read(&mut self.stream, buffer).await? {
                0 => break,
                n => seen += n,
            }
        }
        Ok(())
    }
}
