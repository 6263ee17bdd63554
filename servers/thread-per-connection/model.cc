// One blocking thread per connection: it waits in the kernel, in accept, read and write.
#include <pthread.h>

#include <memory>

#include "core/blocking.hpp"
#include "core/complain.hpp"
#include "core/limits.hpp"
#include "core/process.hpp"
#include "core/server.hpp"

namespace iomodels {
namespace {

// process needs about 4 KiB; only touched pages cost memory, so the size is no part of the
// comparison.
constexpr std::size_t kStackBytes = 64 * 1024;

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
    if (limits.idle_timeout_ms > 0) sys::set_idle_timeout(accepted.fd);
    start_thread(attributes, new BlockingConn(accepted.fd, server.mode()));
  }
}

}  // namespace

const Model model = {
    .variant = "thread-per-connection",
    .stack_bytes = kStackBytes,
    .workers = [](unsigned cpus) { return cpus; },
    .serve = serve,
    .keeps_idle_timeout = true,
};

}  // namespace iomodels
