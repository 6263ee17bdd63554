// my-server on the native core: framing, answers, counters and control are shared, so that servers
// differ in their I/O model alone. Here it is one blocking thread per connection; CHANGE marks what
// is yours.
#include <pthread.h>

#include <memory>

#include "core/blocking.hpp"
#include "core/complain.hpp"
#include "core/process.hpp"
#include "core/server.hpp"

namespace iomodels {
namespace {

// process needs about 4 KiB; only touched pages cost memory, so the size is no part of the
// comparison.
constexpr std::size_t kStackBytes = 64 * 1024;

// CHANGE: how a connection waits. process() in core/process.hpp, the loop of every connection,
// calls read and write; those of BlockingStream (core/blocking.hpp) sleep in the kernel, in a
// coroutine they would park.
class BlockingConn : public BlockingStream {
 public:
  using Upstream = BlockingUpstream;

  BlockingConn(int fd, Mode mode) : BlockingStream(fd), mode_(mode) {}
  ~BlockingConn() { sys::close_connection(fd_); }

  Mode mode() const { return mode_; }
  void sleep_ms(std::uint32_t ms) { sleep_blocking(ms); }
  void shutdown_write() { sys::shutdown_write(fd_); }
  std::unique_ptr<Upstream> dial(const sockaddr_in& address) { return dial_blocking(address); }

 private:
  const Mode mode_;
};

void* serve_connection(void* argument) {
  const std::unique_ptr<BlockingConn> conn(static_cast<BlockingConn*>(argument));
  conn->mode() == Mode::http ? process(*conn) : greet(*conn);
  return nullptr;
}

void start_thread(pthread_attr_t& attributes, BlockingConn* conn) {
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, serve_connection, conn);
  if (error == 0) {
    counters().threads_created.add();
    return;
  }
  complain("cannot start a thread, closing the connection", error);
  delete conn;
}

// CHANGE: who accepts, and what runs a connection.
void serve(Server& server) {
  const Listener listener = server.listen(sys::Blocking::yes);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  server.ready(listener);
  for (;;) {
    const AcceptResult accepted = sys::accept(listener.fd, sys::Blocking::yes);
    if (accepted.status != Io::ok) {
      if (!sys::accept_may_recover(accepted.error)) return;
      sleep_blocking(sys::kAcceptRetryMs);
      continue;
    }
    sys::set_connection_options(accepted.fd);
    start_thread(attributes, new BlockingConn(accepted.fd, server.mode()));
  }
}

}  // namespace

// CHANGE: the name is that of variant.json; add_stats can print counters of your own.
const Model model = {
    .variant = "my-server",
    .stack_bytes = kStackBytes,
    .workers = [](unsigned cpus) { return cpus; },
    .serve = serve,
    .add_stats = nullptr,
};

}  // namespace iomodels
