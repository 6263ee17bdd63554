//! The header lines of framing.rs: names, and the values of Connection and Content-Length.

/// 400.
pub struct Refused;

/// Headers whose values matter.
#[derive(Clone, Copy, PartialEq, Default)]
pub enum Header {
    #[default]
    Other,
    Connection,
    ContentLength,
}

const MAX_WORD_BYTES: usize = "transfer-encoding".len();
const MAX_LENGTH_DIGITS: u32 = 18;

/// A short lower-case text. One that is longer than every word of interest is equal to none.
#[derive(Default)]
struct Word {
    text: [u8; MAX_WORD_BYTES],
    length: usize,
}

impl Word {
    fn add(&mut self, b: u8) {
        if let Some(place) = self.text.get_mut(self.length) {
            *place = b.to_ascii_lowercase();
        }
        self.length = (self.length + 1).min(MAX_WORD_BYTES + 1);
    }

    fn spoil(&mut self) {
        self.length = MAX_WORD_BYTES + 1;
    }

    fn text(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or(b"")
    }
}

#[derive(Default)]
pub struct Headers {
    pub current: Header,
    pub has_host: bool,
    pub has_transfer_encoding: bool,
    pub length: Option<u64>,
    pub asks_close: bool,
    pub asks_keep_alive: bool,
    word: Word, // header name, or token of Connection
    gap: bool,  // white space followed the digits of Content-Length or a token of Connection
    digits: u32,
    length_seen: u64, // the value of the Content-Length being read
}

impl Headers {
    pub fn start_name(&mut self) {
        self.word.length = 0;
    }

    pub fn is_name_empty(&self) -> bool {
        self.word.length == 0
    }

    pub fn name(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.word.add(b);
        }
    }

    pub fn end_name(&mut self) -> Result<(), Refused> {
        self.current = Header::Other;
        self.gap = false;
        match self.word.text() {
            b"host" if self.has_host => return Err(Refused),
            b"host" => self.has_host = true,
            b"transfer-encoding" => self.has_transfer_encoding = true,
            b"connection" => {
                self.current = Header::Connection;
                self.word.length = 0;
            }
            b"content-length" => {
                self.current = Header::ContentLength;
                self.digits = 0;
                self.length_seen = 0;
            }
            _ => {}
        }
        Ok(())
    }

    pub fn value(&mut self, b: u8) -> Result<(), Refused> {
        match self.current {
            Header::Other => Ok(()),
            Header::ContentLength => self.on_length(b),
            Header::Connection => {
                self.on_connection(b);
                Ok(())
            }
        }
    }

    pub fn end_value(&mut self) -> Result<(), Refused> {
        match self.current {
            Header::Other => Ok(()),
            Header::ContentLength => self.end_length(),
            Header::Connection => {
                self.end_token();
                Ok(())
            }
        }
    }

    fn on_connection(&mut self, b: u8) {
        match b {
            b',' => self.end_token(),
            b' ' | b'\t' => self.gap = self.word.length > 0,
            _ if self.gap => self.word.spoil(), // two words are not one of our tokens
            _ => self.word.add(b),
        }
    }

    fn end_token(&mut self) {
        self.asks_close |= self.word.text() == b"close";
        self.asks_keep_alive |= self.word.text() == b"keep-alive";
        self.word.length = 0;
        self.gap = false;
    }

    fn on_length(&mut self, b: u8) -> Result<(), Refused> {
        if b == b' ' || b == b'\t' {
            self.gap = true;
            return Ok(());
        }
        if !b.is_ascii_digit() || self.gap || self.digits == MAX_LENGTH_DIGITS {
            return Err(Refused);
        }
        self.length_seen = self.length_seen * 10 + u64::from(b - b'0');
        self.digits += 1;
        Ok(())
    }

    fn end_length(&mut self) -> Result<(), Refused> {
        let differs = self.length.is_some_and(|length| length != self.length_seen);
        if self.digits == 0 || differs {
            return Err(Refused);
        }
        self.length = Some(self.length_seen);
        Ok(())
    }
}
