// gonet's public face, small and Go-shaped: synchronous code on coroutines that park instead of
// blocking.
//
//   run(main)            the runtime; main is the first coroutine
//   go(f, args...)       a new coroutine
//   Listener, Conn       accept, read and write try first and park on EAGAIN
//   sleep_ms, yield
//
// Status values, no exceptions. Everything here is to be called from a coroutine, but for run.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>

#include "core/io.hpp"
#include "scheduler.hpp"

namespace iomodels::gonet {

// A non-blocking descriptor with its poll descriptor. One reader and one writer at a time; whoever
// closes it is the only one to use it.
class Fd {
 public:
  // Takes over fd. Not open, with errno in error(), when epoll refuses it.
  explicit Fd(int fd);
  Fd(Fd&& other) noexcept;
  Fd& operator=(Fd&&) = delete;
  ~Fd() { close(); }

  bool is_open() const { return descriptor_ != nullptr; }
  int number() const { return fd_; }

  IoResult read(void* buffer, std::size_t size);
  // Writes all of it, or returns error.
  IoResult write(const void* data, std::size_t size);
  AcceptResult accept();
  void close();

 private:
  int fd_;
  PollDesc* descriptor_;
};

class Conn {
 public:
  explicit Conn(int fd);
  Conn(Conn&& other) noexcept = default;
  Conn& operator=(Conn&&) = delete;
  ~Conn();

  bool is_open() const { return fd_.is_open(); }
  IoResult read(void* buffer, std::size_t size) { return fd_.read(buffer, size); }
  bool write(const void* data, std::size_t size) { return fd_.write(data, size).status == Io::ok; }
  void sleep_ms(std::uint32_t ms) { Scheduler::current().sleep_ms(ms); }
  void shutdown_write();

 private:
  Fd fd_;
};

// error: errno of the failed call; 0 when conn is there.
struct Accepted {
  std::optional<Conn> conn;
  int error = 0;
};

class Listener {
 public:
  // Takes over a non-blocking socket that listens.
  explicit Listener(int fd) : fd_(fd) {}

  bool is_open() const { return fd_.is_open(); }
  // Waits for a connection, makes it known to the netpoller and sets its options.
  Accepted accept();

 private:
  Fd fd_;
};

// Starts a coroutine that calls f(args...). False with errno when there is no memory for its stack.
template <class F, class... Args>
bool go(F&& f, Args&&... args) {
  return start([f = std::forward<F>(f), arguments = std::tuple<std::decay_t<Args>...>(
                                            std::forward<Args>(args)...)]() mutable {
    std::apply(f, std::move(arguments));
  });
}

inline void yield() { Scheduler::current().yield(); }
inline void sleep_ms(std::uint32_t ms) { Scheduler::current().sleep_ms(ms); }

// Runs f and every coroutine that comes of it on the calling thread. Never returns; false when f
// could not be started.
template <class F>
bool run(F&& f) {
  if (!start(std::forward<F>(f))) return false;
  Scheduler::current().run();
}

}  // namespace iomodels::gonet
