// A non-blocking file descriptor whose calls park instead of blocking: try first, park on EAGAIN,
// try again.
//
// Any number of coroutines may use one at once. Calls in the same direction take turns; close ends
// those that wait, and returns when the number is really free again.
#pragma once

#include <netinet/in.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "fd_mutex.hpp"
#include "policy.hpp"
#include "poll_desc.hpp"
#include "scheduler.hpp"
#include "status.hpp"

namespace iomodels::gonet {

class Fd : public FdExtras {
 public:
  // What it is counted as when it closes.
  enum class Kind : std::uint8_t { accepted, other };

  // Takes over fd. Null with errno in error when the netpoller refuses it: fd is closed then.
  static Fd* create(int fd, Kind kind, int& error);

  // Returns at least one byte; for size 0 it makes no system call.
  Result read(void* buffer, std::size_t size);
  // Writes all of it, or says how much; another write never comes between.
  Result write(const void* data, std::size_t size);
  // bytes is the new descriptor.
  Result accept();
  // ok when a connect that was under way has succeeded.
  Result finish_connect();
  // Wakes all that wait; they return closed, and so does a second close.
  Result close();
  Result set_deadline(std::int64_t when_ns, Mode mode);

  // Calls f(number) while the descriptor cannot be closed.
  template <class F>
  Result with_number(F&& f) {
    if (!mutex_.reference()) return {Status::closed};
    f(number_);
    if (mutex_.release()) destroy();
    return {};
  }

  void retain() { (void)add_to(handles_, 1u); }
  // Deletes it with its last handle; closes it before, if nobody has.
  void drop();

 private:
  friend struct FdExtras;

  Fd(int fd, Kind kind, PollDesc* descriptor) : number_(fd), kind_(kind), descriptor_(descriptor) {}

  // A call that excludes others in its direction, and a close.
  template <class Call>
  Result locked(Mode mode, Call&& call) {
    scheduler::yield_if_overdue();
    if (!mutex_.lock(mode)) return {Status::closed};
    const Result result = call();
    if (mutex_.unlock(mode)) destroy();
    return result;
  }
  Result read_locked(void* data, std::size_t size);
  Result write_locked(const char* data, std::size_t size);
  Result accept_locked();
  Result connect_locked();
  Result wait(Mode mode, bool& has_waited);
  static void close_number(int number, Kind kind);
  void destroy();

  FdMutex mutex_;
  const int number_;
  const Kind kind_;
  Semaphore closed_;  // given when number_ is free again
  std::atomic<std::uint32_t> handles_{1};
  PollDesc* descriptor_;
};

// A handle: copies share the descriptor, the last one closes it if nobody has.
class FdHandle {
 public:
  FdHandle() = default;
  explicit FdHandle(Fd* fd) : fd_(fd) {}
  FdHandle(const FdHandle& other) : fd_(other.fd_) {
    if (fd_ != nullptr) fd_->retain();
  }
  FdHandle(FdHandle&& other) noexcept : fd_(std::exchange(other.fd_, nullptr)) {}
  FdHandle& operator=(FdHandle other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FdHandle() {
    if (fd_ != nullptr) fd_->drop();
  }

  explicit operator bool() const { return fd_ != nullptr; }
  Fd* operator->() const { return fd_; }
  Fd& operator*() const { return *fd_; }

 private:
  Fd* fd_ = nullptr;
};

}  // namespace iomodels::gonet
