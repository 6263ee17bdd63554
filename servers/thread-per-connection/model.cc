// One blocking thread per connection: it waits in the kernel, in accept, read and write.
#include <pthread.h>
#include <time.h>

#include <cerrno>
#include <memory>

#include "core/complain.hpp"
#include "core/dial.hpp"
#include "core/limits.hpp"
#include "core/process.hpp"
#include "core/server.hpp"

namespace iomodels {
namespace {

// process needs about 4 KiB; only touched pages cost memory, so the size is no part of the
// comparison.
constexpr std::size_t kStackBytes = 64 * 1024;

void sleep_ms(std::uint32_t ms) {
  timespec left{static_cast<time_t>(ms / 1000), static_cast<long>(ms % 1000) * 1'000'000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

class BlockingStream {
 public:
  explicit BlockingStream(int fd) : fd_(fd) {}
  BlockingStream(const BlockingStream&) = delete;
  BlockingStream& operator=(const BlockingStream&) = delete;

  IoResult read(void* buffer, std::size_t size) { return sys::read(fd_, buffer, size); }
  bool write(const void* data, std::size_t size) {
    for (const char* at = static_cast<const char*>(data); size > 0;) {
      const IoResult sent = sys::write(fd_, at, size);
      if (sent.status != Io::ok) return false;
      at += sent.bytes;
      size -= sent.bytes;
    }
    return true;
  }

 protected:
  const int fd_;
};

class BlockingUpstream : public BlockingStream {
 public:
  using BlockingStream::BlockingStream;
  ~BlockingUpstream() { sys::close(fd_); }
};

class BlockingConn : public BlockingStream {
 public:
  using Upstream = BlockingUpstream;

  BlockingConn(int fd, Mode mode) : BlockingStream(fd), mode_(mode) {}
  ~BlockingConn() { sys::close_connection(fd_); }

  Mode mode() const { return mode_; }
  void sleep_ms(std::uint32_t ms) { iomodels::sleep_ms(ms); }
  void shutdown_write() { sys::shutdown_write(fd_); }
  std::unique_ptr<Upstream> dial(const sockaddr_in& address) {
    const sys::DialResult dialled = sys::dial(address, sys::Blocking::yes);
    if (dialled.status != Io::ok) return nullptr;
    sys::set_connection_options(dialled.fd);
    return std::make_unique<Upstream>(dialled.fd);
  }

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
      sleep_ms(sys::kAcceptRetryMs);
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
