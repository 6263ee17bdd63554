//! CPU time that is used up for nothing.

use crate::kernel::clock_ns;

/// Uses up that much CPU time of the calling thread, in user space. Reads the thread's own clock, a
/// system call, once more each time that the thread lost its CPU.
pub fn burn_cpu(us: u64) {
    if us == 0 {
        return;
    }
    let end = clock_ns(libc::CLOCK_THREAD_CPUTIME_ID) + us * 1000;
    loop {
        let now = clock_ns(libc::CLOCK_THREAD_CPUTIME_ID);
        if now >= end {
            return;
        }
        // Elapsed time is CPU time as long as the thread keeps its CPU.
        let stop = clock_ns(libc::CLOCK_MONOTONIC) + (end - now);
        while clock_ns(libc::CLOCK_MONOTONIC) < stop {}
    }
}
