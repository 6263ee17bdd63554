//! The command line: docs/PROTOCOL.md, section 1.

use std::net::SocketAddrV4;

/// CPUs beyond the kernel's usual cpu_set_t.
const MAX_CPUS: usize = 1024;

#[derive(Clone, Copy, PartialEq)]
pub enum Mode {
    Http,
    Greeting,
}

impl Mode {
    pub fn name(self) -> &'static str {
        match self {
            Mode::Http => "http",
            Mode::Greeting => "greeting",
        }
    }
}

pub struct Upstream {
    pub address: SocketAddrV4,
    /// What /relay sends.
    pub request: Vec<u8>,
}

pub struct Options {
    pub listen: SocketAddrV4,
    /// None: all that the process was started with.
    pub cpus: Option<Vec<usize>>,
    pub mode: Mode,
    pub upstream: Option<Upstream>,
}

impl Options {
    /// Errors are one line each.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
        let mut options = Options {
            listen: "127.0.0.1:0".parse().expect("an address"),
            cpus: None,
            mode: Mode::Http,
            upstream: None,
        };
        while let Some(flag) = arguments.next() {
            if !matches!(flag.as_str(), "--listen" | "--cpus" | "--mode" | "--upstream") {
                return Err(format!("unknown flag or argument: {flag}"));
            }
            let value = arguments.next().ok_or(format!("{flag} needs a value"))?;
            options.set(&flag, &value)?;
        }
        Ok(options)
    }

    fn set(&mut self, flag: &str, value: &str) -> Result<(), String> {
        match flag {
            "--listen" => self.listen = address(flag, value)?,
            "--cpus" => {
                let wrong = || format!("--cpus takes a list such as 0,2-3, not {value}");
                self.cpus = Some(cpu_list(value).ok_or_else(wrong)?);
            }
            "--mode" => {
                self.mode = match value {
                    "http" => Mode::Http,
                    "greeting" => Mode::Greeting,
                    _ => return Err(format!("--mode is http or greeting, not {value}")),
                }
            }
            _ => {
                self.upstream = Some(Upstream {
                    address: address(flag, value)?,
                    request: format!("GET / HTTP/1.1\r\nHost: {value}\r\n\r\n").into_bytes(),
                })
            }
        }
        Ok(())
    }
}

fn address(flag: &str, value: &str) -> Result<SocketAddrV4, String> {
    value
        .parse()
        .map_err(|_| format!("{flag} takes host:port with an IPv4 address, not {value}"))
}

fn cpu_list(text: &str) -> Option<Vec<usize>> {
    let mut cpus = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (number(first)?, number(last)?);
        if first > last || last >= MAX_CPUS {
            return None;
        }
        cpus.extend(first..=last);
    }
    Some(cpus)
}

/// Digits and nothing else.
pub fn number(text: &str) -> Option<usize> {
    let is_digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if is_digits {
        text.parse().ok()
    } else {
        None
    }
}
