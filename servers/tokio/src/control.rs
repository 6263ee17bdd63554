//! The control side: docs/PROTOCOL.md, section 2. One thread, asleep in poll unless it is asked
//! something.

use std::io::{self, Write};
use std::mem;
use std::os::fd::RawFd;
use std::process::exit;
use std::thread;
use std::time::{Duration, Instant};

use crate::counters::{totals, Totals};
use crate::kernel::{self, clock_ns};
use crate::{fail, options};

const DRAIN: Duration = Duration::from_secs(2);
const ROUND: Duration = Duration::from_millis(1);

fn stop_signals() -> libc::sigset_t {
    // SAFETY: sigemptyset makes a set of it.
    unsafe {
        let mut signals = mem::zeroed();
        libc::sigemptyset(&mut signals);
        libc::sigaddset(&mut signals, libc::SIGTERM);
        libc::sigaddset(&mut signals, libc::SIGINT);
        signals
    }
}

/// In the calling thread and those it starts later; the control thread takes them.
pub fn block_signals() {
    // SAFETY: a set of signals, and no interest in the one before.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &stop_signals(), std::ptr::null_mut()) };
}

/// Prints the ready line and starts to answer.
pub fn start(listener: RawFd, port: u16, workers: usize) {
    print(&format!(
        "{{\"event\":\"ready\",\"port\":{port},\"pid\":{},\"variant\":\"tokio\",\"mode\":\"{}\",\
         \"workers\":{workers},\"runtime\":\"tokio {}\"}}\n",
        std::process::id(),
        options().mode.name(),
        runtime_version(),
    ));
    thread::Builder::new()
        .name("control".into())
        .spawn(move || control(listener, port))
        .unwrap_or_else(|e| fail(1, &format!("cannot start a thread: {e}")));
}

/// Of the runtime that this program was built with.
fn runtime_version() -> &'static str {
    let (_, package) = include_str!("../Cargo.lock")
        .split_once("name = \"tokio\"\nversion = \"")
        .expect("Cargo.lock names tokio");
    package.split('"').next().unwrap_or("")
}

/// One write, so that lines never interleave. When nobody reads, nobody needs this server.
fn print(line: &str) {
    if io::stdout().lock().write_all(line.as_bytes()).is_err() {
        fail(1, "stdout is closed");
    }
}

struct Sample {
    instant_ns: u64,
    taken_in_ns: u64,
    usage: libc::rusage,
    totals: Totals,
}

fn sample() -> Sample {
    let instant_ns = clock_ns(libc::CLOCK_MONOTONIC);
    let (usage, totals) = (kernel::usage(), totals());
    let taken_in_ns = clock_ns(libc::CLOCK_MONOTONIC) - instant_ns;
    Sample { instant_ns, taken_in_ns, usage, totals }
}

/// Taken again when this thread lost the CPU between two readings: others went on counting
/// meanwhile, so it was not one instant. The native servers do the same.
fn sample_one_instant() -> Sample {
    const INSTANT_NS: u64 = 200_000;
    const ATTEMPTS: usize = 20;
    let mut best = sample();
    for _ in 1..ATTEMPTS {
        if best.taken_in_ns <= INSTANT_NS {
            break;
        }
        let next = sample();
        if next.taken_in_ns < best.taken_in_ns {
            best = next;
        }
    }
    best
}

fn print_stats(is_final: bool) {
    let Sample { instant_ns, usage, totals, .. } = sample_one_instant();
    let us = |time: libc::timeval| (time.tv_sec as u64 * 1_000_000 + time.tv_usec as u64) as i64;
    let mut values = vec![
        ("monotonic_ns", instant_ns as i64),
        ("user_cpu_us", us(usage.ru_utime)),
        ("system_cpu_us", us(usage.ru_stime)),
        ("voluntary_switches", usage.ru_nvcsw),
        ("involuntary_switches", usage.ru_nivcsw),
        ("requests", totals.requests as i64),
        ("accepts", totals.accepts as i64),
        ("connections_open", totals.accepts as i64 - totals.closes as i64),
        ("reads", totals.reads as i64),
        ("writes", totals.writes as i64),
        ("bytes_read", totals.bytes_read as i64),
        ("bytes_written", totals.bytes_written as i64),
    ];
    values.extend(peak_rss_bytes().map(|bytes| ("max_rss_bytes", bytes)));
    let mut line = String::from("{\"event\":\"stats\"");
    for (key, value) in values {
        line += &format!(",\"{key}\":{value}");
    }
    line += if is_final { ",\"final\":true}\n" } else { "}\n" };
    print(&line);
}

/// VmHWM: the peak of rusage would include what the parent had before exec.
fn peak_rss_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: i64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

fn control(listener: RawFd, port: u16) {
    // SAFETY: makes a descriptor of a set of signals.
    let signals = unsafe { libc::signalfd(-1, &stop_signals(), libc::SFD_CLOEXEC) };
    let source = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    let mut sources = [source(libc::STDIN_FILENO), source(signals)];
    let mut pending = Vec::new();
    loop {
        // SAFETY: two descriptions that outlive the call.
        if unsafe { libc::poll(sources.as_mut_ptr(), 2, -1) } < 0 {
            continue; // interrupted
        }
        if sources[1].revents != 0 {
            stop(listener, port);
        }
        let mut buffer = [0; 256];
        match kernel::read_stdin(&mut buffer) {
            0 => stop(listener, port),
            n => pending.extend_from_slice(&buffer[..n]),
        }
        while let Some(end) = pending.iter().position(|&b| b == b'\n') {
            if pending.drain(..=end).as_slice() == b"stats\n" {
                print_stats(false);
            }
        }
    }
}

fn stop(listener: RawFd, port: u16) -> ! {
    kernel::shut_down(listener, libc::SHUT_RDWR);
    let end = Instant::now() + DRAIN;
    while totals().accepts != totals().closes && Instant::now() < end {
        // Again in each round: a connection may have been on its way out of accept before.
        end_idle_connections(port);
        thread::sleep(ROUND);
    }
    print_stats(true);
    exit(0)
}

/// Lets every connection read end of file once it has read what was received. Looked up in /proc,
/// so that a connection costs nothing to register while the server is measured.
fn end_idle_connections(port: u16) {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return };
    for entry in entries.flatten() {
        let Some(fd) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if kernel::connection_port(fd) == Some(port) {
            kernel::shut_down(fd, libc::SHUT_RD);
        }
    }
}
