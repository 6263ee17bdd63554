// my-server: one thread per connection, on the standard library alone. It conforms as it is;
// CHANGE marks what is yours. The harness reads from /proc what it does not count (rusage).
use std::collections::HashMap;
use std::io::{BufRead, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::exit;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::SeqCst};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

const HEAD_MAX: usize = 8192;
const STOP_MS: u64 = 2000;

// CHANGE: what a request is worth.
fn body_of(target: &str) -> Option<&'static str> {
    (target == "/").then_some("I am server!")
}

// CHANGE: how a connection waits. Here each has a thread, which sleeps in read.
fn serve(mut stream: &TcpStream) {
    let mut buffer = [0u8; HEAD_MAX];
    let mut size = 0;
    loop {
        let got = match stream.read(&mut buffer[size..]) {
            Ok(0) | Err(_) => return,
            Ok(got) => got,
        };
        BYTES_READ.fetch_add(got as i64, SeqCst);
        size += got;
        while let Some(end) = buffer[..size].windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            if !answer(stream, &head) {
                return;
            }
            buffer.copy_within(end + 4..size, 0);
            size -= end + 4;
        }
        if size == HEAD_MAX {
            reply(stream, "431 Request Header Fields Too Large", "", true);
            return;
        }
    }
}

/// Answers one head; false when the connection is to end.
fn answer(stream: &TcpStream, head: &str) -> bool {
    match judge(head) {
        Err(refusal) => reply(stream, refusal, "", true),
        Ok((target, close)) => match body_of(target) {
            Some(body) => reply(stream, "200 OK", body, close),
            None => reply(stream, "404 Not Found", "", close),
        },
    }
}

fn judge(head: &str) -> Result<(&str, bool), &'static str> {
    const BAD: &str = "400 Bad Request";
    let mut lines = head.split("\r\n");
    let words: Vec<&str> = lines.next().unwrap_or("").split(' ').collect();
    let [method, target, version] = words[..] else { return Err(BAD) };
    let is_old = version == "HTTP/1.0";
    if target.is_empty() || !(is_old || version == "HTTP/1.1") {
        return Err(BAD);
    }
    let (mut hosts, mut close) = (0, is_old);
    for line in lines {
        let (name, value) = line.split_once(':').ok_or(BAD)?;
        if name.is_empty() || line.chars().any(|c| c.is_control() && c != '\t') {
            return Err(BAD);
        }
        match name.to_ascii_lowercase().as_str() {
            "host" => hosts += 1,
            "content-length" | "transfer-encoding" => return Err(BAD),
            "connection" => close |= value.to_ascii_lowercase().contains("close"),
            _ => {}
        }
    }
    if hosts > 1 || (hosts == 0 && !is_old) {
        return Err(BAD);
    }
    if method == "GET" { Ok((target, close)) } else { Err("405 Method Not Allowed") }
}

fn reply(mut stream: &TcpStream, status: &str, body: &str, close: bool) -> bool {
    let last = if close { "Connection: close\r\n" } else { "" };
    let text = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n{last}\r\n{body}",
        body.len()
    );
    REQUESTS.fetch_add(1, SeqCst);
    BYTES_WRITTEN.fetch_add(text.len() as i64, SeqCst);
    stream.write_all(text.as_bytes()).is_ok() && !close
}

// ---- counters: what this server cannot count it leaves out -------------------------------------

static REQUESTS: AtomicI64 = AtomicI64::new(0);
static ACCEPTS: AtomicI64 = AtomicI64::new(0);
static OPEN: AtomicI64 = AtomicI64::new(0);
static BYTES_READ: AtomicI64 = AtomicI64::new(0);
static BYTES_WRITTEN: AtomicI64 = AtomicI64::new(0);

fn print_stats(last: &str) {
    let mut now = [0i64; 2];
    unsafe { clock_gettime(1, now.as_mut_ptr()) };
    print(format!(
        "{{\"event\":\"stats\",{last}\"monotonic_ns\":{},\"requests\":{},\"accepts\":{},\
         \"connections_open\":{},\"bytes_read\":{},\"bytes_written\":{}}}",
        now[0] * 1_000_000_000 + now[1],
        REQUESTS.load(SeqCst),
        ACCEPTS.load(SeqCst),
        OPEN.load(SeqCst),
        BYTES_READ.load(SeqCst),
        BYTES_WRITTEN.load(SeqCst),
    ));
}

/// The reader of stdout may have gone: stdin shows it.
fn print(line: String) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|_| out.flush());
}

// ---- connections -------------------------------------------------------------------------------

static CONNECTIONS: Mutex<Option<HashMap<i64, TcpStream>>> = Mutex::new(None);

fn with_connections<T>(body: impl FnOnce(&mut HashMap<i64, TcpStream>) -> T) -> T {
    body(CONNECTIONS.lock().unwrap().get_or_insert_with(HashMap::new))
}

fn accept_all(listener: TcpListener) {
    loop {
        let Ok((stream, _)) = listener.accept() else {
            // Without descriptors or memory it continues a little later.
            thread::sleep(Duration::from_millis(10));
            continue;
        };
        if STOPPING.load(SeqCst) {
            return;
        }
        let id = ACCEPTS.fetch_add(1, SeqCst);
        let _ = stream.set_nodelay(true);
        // A second handle, by which a stop reaches the connection.
        let Ok(handle) = stream.try_clone() else { continue };
        OPEN.fetch_add(1, SeqCst);
        with_connections(|all| all.insert(id, handle));
        let started = thread::Builder::new().stack_size(128 * 1024).spawn(move || {
            serve(&stream);
            let _ = stream.shutdown(Shutdown::Write);
            end(id);
        });
        if started.is_err() {
            end(id);
        }
    }
}

fn end(id: i64) {
    with_connections(|all| all.remove(&id));
    OPEN.fetch_sub(1, SeqCst);
}

// ---- control: docs/PROTOCOL.md, sections 1 and 2 -----------------------------------------------

extern "C" {
    fn sched_setaffinity(pid: i32, size: usize, mask: *const u64) -> i32;
    fn clock_gettime(clock: i32, time: *mut i64) -> i32;
    fn signal(number: i32, handler: usize) -> usize;
}

const SIGTERM: i32 = 15;
static STOPPING: AtomicBool = AtomicBool::new(false);

extern "C" fn on_sigterm(_: i32) {
    STOPPING.store(true, SeqCst);
}

/// Stops accepting, lets what has been received be answered, and ends the process.
fn stop() -> ! {
    STOPPING.store(true, SeqCst);
    with_connections(|all| {
        for stream in all.values() {
            let _ = stream.shutdown(Shutdown::Read);
        }
    });
    let start = Instant::now();
    while OPEN.load(SeqCst) > 0 && start.elapsed() < Duration::from_millis(STOP_MS) {
        thread::sleep(Duration::from_millis(1));
    }
    print_stats("\"final\":true,");
    exit(0)
}

fn read_control() {
    for line in std::io::stdin().lock().lines() {
        match line {
            Ok(text) if text == "stats" => print_stats(""),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    STOPPING.store(true, SeqCst);
}

fn fail(status: i32, what: &str) -> ! {
    eprintln!("{what}");
    exit(status)
}

/// `0`, `0,2`, `1-3`
fn pin(list: &str) {
    let mut mask = [0u64; 16];
    for part in list.split(',') {
        let (low, high) = part.split_once('-').unwrap_or((part, part));
        let (Ok(first), Ok(last)) = (low.parse::<usize>(), high.parse::<usize>()) else {
            fail(2, "--cpus: want a list such as 0,2-3")
        };
        for cpu in first..=last.min(1023) {
            mask[cpu / 64] |= 1 << (cpu % 64);
        }
    }
    if unsafe { sched_setaffinity(0, std::mem::size_of_val(&mask), mask.as_ptr()) } != 0 {
        fail(1, "sched_setaffinity: this process may not use all CPUs of --cpus");
    }
}

fn main() {
    let mut listen = String::from("127.0.0.1:0");
    let mut flags = std::env::args().skip(1);
    while let Some(flag) = flags.next() {
        let value = flags.next().unwrap_or_default();
        match flag.as_str() {
            "--listen" => listen = value,
            "--cpus" => pin(&value),
            "--mode" if value == "http" => {}
            // What this server lacks on a machine is said with exit status 69 and such a line.
            _ => fail(2, &format!("{flag}: unknown flag or value")),
        }
    }
    unsafe { signal(SIGTERM, on_sigterm as *const () as usize) };
    let listener = TcpListener::bind(&listen)
        .unwrap_or_else(|error| fail(1, &format!("bind {listen}: {error}")));
    let port = listener.local_addr().expect("it is bound").port();
    print(format!(
        "{{\"event\":\"ready\",\"port\":{port},\"pid\":{},\"variant\":\"my-server\",\"mode\":\"http\"}}",
        std::process::id()
    ));
    thread::spawn(read_control);
    thread::spawn(move || accept_all(listener));
    while !STOPPING.load(SeqCst) {
        thread::sleep(Duration::from_millis(10));
    }
    stop()
}
