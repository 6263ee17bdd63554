//! Calls that the standard library lacks.

use std::io;
use std::mem;
use std::os::fd::RawFd;

/// Restricts the calling thread, and those it starts, to these CPUs.
pub fn pin(cpus: &[usize]) -> io::Result<()> {
    // SAFETY: an all-zero cpu_set_t is an empty one, and the numbers are below its size.
    unsafe {
        let mut set: libc::cpu_set_t = mem::zeroed();
        for &cpu in cpus {
            libc::CPU_SET(cpu, &mut set);
        }
        check(libc::sched_setaffinity(0, mem::size_of_val(&set), &set))
    }
}

pub fn allowed_cpus() -> usize {
    // SAFETY: the kernel fills the set.
    unsafe {
        let mut set: libc::cpu_set_t = mem::zeroed();
        if libc::sched_getaffinity(0, mem::size_of_val(&set), &mut set) != 0 {
            crate::fail(1, &format!("sched_getaffinity: {}", io::Error::last_os_error()));
        }
        libc::CPU_COUNT(&set) as usize
    }
}

/// Section 5 of the protocol. A peer that has already reset the connection makes these fail; the
/// next read reports it.
pub fn set_connection_options(fd: RawFd) {
    set_option(fd, libc::IPPROTO_TCP, libc::TCP_NODELAY, 1);
    set_option(fd, libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1);
    set_option(fd, libc::IPPROTO_TCP, libc::TCP_KEEPIDLE, 15);
    set_option(fd, libc::IPPROTO_TCP, libc::TCP_KEEPINTVL, 15);
    set_option(fd, libc::IPPROTO_TCP, libc::TCP_KEEPCNT, 9);
}

fn set_option(fd: RawFd, level: i32, name: i32, value: libc::c_int) {
    let size = mem::size_of_val(&value) as libc::socklen_t;
    // SAFETY: the value outlives the call.
    unsafe { libc::setsockopt(fd, level, name, (&raw const value).cast(), size) };
}

/// The kernel's limit for a listener's backlog.
pub fn max_backlog() -> u32 {
    std::fs::read_to_string("/proc/sys/net/core/somaxconn")
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(libc::SOMAXCONN as u32)
}

pub fn clock_ns(clock: libc::clockid_t) -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel fills the time; the clocks that are asked for exist on every Linux.
    unsafe { libc::clock_gettime(clock, &mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// Of the whole process, threads that have ended included.
pub fn usage() -> libc::rusage {
    // SAFETY: the kernel fills it.
    unsafe {
        let mut usage: libc::rusage = mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    }
}

/// What is there, without a buffer of the library's in between, which poll would not know of; 0 at
/// its end.
pub fn read_stdin(buffer: &mut [u8]) -> usize {
    // SAFETY: the buffer has the length that the call gets.
    let n = unsafe { libc::read(libc::STDIN_FILENO, buffer.as_mut_ptr().cast(), buffer.len()) };
    usize::try_from(n).unwrap_or(0)
}

pub fn shut_down(fd: RawFd, how: i32) {
    // SAFETY: on a descriptor that is not a socket, or not open, it fails.
    unsafe { libc::shutdown(fd, how) };
}

/// The port of the local end of an IPv4 connection; None for any other descriptor.
pub fn connection_port(fd: RawFd) -> Option<u16> {
    // SAFETY: the kernel fills the addresses, to their size.
    unsafe {
        let mut local: libc::sockaddr_in = mem::zeroed();
        let mut peer: libc::sockaddr_in = mem::zeroed();
        let mut size = mem::size_of_val(&local) as libc::socklen_t;
        check(libc::getsockname(fd, (&raw mut local).cast(), &mut size)).ok()?;
        size = mem::size_of_val(&peer) as libc::socklen_t;
        check(libc::getpeername(fd, (&raw mut peer).cast(), &mut size)).ok()?;
        let is_ip = i32::from(local.sin_family) == libc::AF_INET;
        is_ip.then(|| u16::from_be(local.sin_port))
    }
}

fn check(result: i32) -> io::Result<()> {
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
