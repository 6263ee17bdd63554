//! What the server counts about itself, exactly and without locks: each thread has counters of its
//! own, which it alone writes, and the sum over all threads is the sum over all that ever ran.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::Mutex;

#[derive(Default)]
#[repr(align(64))]
pub struct Counters {
    pub requests: AtomicU64,
    pub accepts: AtomicU64,
    pub closes: AtomicU64,
    pub reads: AtomicU64,
    pub writes: AtomicU64,
    pub bytes_read: AtomicU64,
    pub bytes_written: AtomicU64,
}

static ALL: Mutex<Vec<&'static Counters>> = Mutex::new(Vec::new());

thread_local! {
    static OWN: &'static Counters = {
        let counters: &'static Counters = Box::leak(Box::default());
        ALL.lock().unwrap().push(counters);
        counters
    };
}

/// Only this thread writes, so the sum is a load and a store.
pub fn add(which: impl Fn(&Counters) -> &AtomicU64, n: u64) {
    OWN.with(|own| {
        let counter = which(own);
        counter.store(counter.load(Relaxed) + n, Relaxed);
    });
}

#[derive(Clone, Copy, Default)]
pub struct Totals {
    pub requests: u64,
    pub accepts: u64,
    pub closes: u64,
    pub reads: u64,
    pub writes: u64,
    pub bytes_read: u64,
    pub bytes_written: u64,
}

pub fn totals() -> Totals {
    let mut sum = Totals::default();
    for own in ALL.lock().unwrap().iter() {
        sum.requests += own.requests.load(Relaxed);
        sum.accepts += own.accepts.load(Relaxed);
        sum.closes += own.closes.load(Relaxed);
        sum.reads += own.reads.load(Relaxed);
        sum.writes += own.writes.load(Relaxed);
        sum.bytes_read += own.bytes_read.load(Relaxed);
        sum.bytes_written += own.bytes_written.load(Relaxed);
    }
    sum
}

/// An accepted connection; it counts its end. To be dropped after the descriptor is closed.
pub struct Open;

impl Drop for Open {
    fn drop(&mut self) {
        add(|c| &c.closes, 1);
    }
}
