//! Tokio, used the way its users do: the multi-threaded runtime, a task per connection, and in it
//! read, answer, write. docs/PROTOCOL.md is the specification, connection.rs the heart.

mod answer;
mod burn;
mod connection;
mod control;
mod counters;
mod framing;
mod headers;
mod kernel;
mod options;
mod output;
mod upstream;

use std::os::fd::AsRawFd;
use std::process::exit;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};

use options::{Mode, Options};

/// How long accept waits after the process ran out of descriptors or memory.
const ACCEPT_RETRY: Duration = Duration::from_millis(10);

static OPTIONS: OnceLock<Options> = OnceLock::new();

/// What the command line says; set before anything is served.
pub fn options() -> &'static Options {
    OPTIONS.get().expect("the command line is read first")
}

/// Ends the process with one line on stderr that says what is wrong.
pub fn fail(status: i32, why: &str) -> ! {
    eprintln!("tokio: {why}");
    exit(status)
}

fn main() {
    let parsed = Options::parse(std::env::args().skip(1)).unwrap_or_else(|why| fail(2, &why));
    let options = OPTIONS.get_or_init(|| parsed);
    // Before the runtime starts its threads: they inherit both.
    if let Some(cpus) = &options.cpus {
        kernel::pin(cpus).unwrap_or_else(|e| fail(1, &format!("sched_setaffinity: {e}")));
    }
    control::block_signals();
    let workers = kernel::allowed_cpus();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
        .unwrap_or_else(|e| fail(1, &format!("cannot start the runtime: {e}")));
    // A task, not block_on itself: what runs there is on a thread that is no worker.
    let serving = runtime.spawn(serve(workers));
    let _ = runtime.block_on(serving);
    // The listener is shut down: the control thread ends the process.
    loop {
        std::thread::park();
    }
}

async fn serve(workers: usize) {
    let listener = listen().unwrap_or_else(|why| fail(1, &why));
    let port = listener.local_addr().map_or(0, |address| address.port());
    control::start(listener.as_raw_fd(), port, workers);
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                counters::add(|c| &c.accepts, 1);
                kernel::set_connection_options(stream.as_raw_fd());
                match options().mode {
                    Mode::Http => tokio::spawn(connection::process(stream)),
                    Mode::Greeting => tokio::spawn(connection::greet(stream)),
                };
            }
            Err(e) if e.raw_os_error() == Some(libc::EINVAL) => break,
            Err(_) => tokio::time::sleep(ACCEPT_RETRY).await,
        }
    }
    // Open until the process ends: its connections are found by its port.
    std::future::pending::<()>().await;
}

fn listen() -> Result<TcpListener, String> {
    let address = options().listen;
    let named = |call: &str| {
        let call = call.to_owned();
        move |e: std::io::Error| format!("{call} on {address}: {e}")
    };
    let socket = TcpSocket::new_v4().map_err(named("socket"))?;
    socket.set_reuseaddr(true).map_err(named("setsockopt"))?;
    socket.bind(address.into()).map_err(named("bind"))?;
    socket.listen(kernel::max_backlog()).map_err(named("listen"))
}
