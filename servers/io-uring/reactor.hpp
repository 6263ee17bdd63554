// One thread with a ring: it submits what its connections ask for and hands them the outcomes.
#pragma once

#include "core/silent_list.hpp"
#include "receive_buffers.hpp"
#include "ring.hpp"

namespace iomodels {

// Who serves what another reactor has accepted.
class ConnectionTaker {
 public:
  virtual ~ConnectionTaker() = default;
  virtual void take(int fd) = 0;
};

class Connection;

class Reactor final : private Completer {
 public:
  // On the thread that will run it.
  void open();

  Ring& ring() { return ring_; }
  ReceiveBuffers& buffers() { return buffers_; }
  // With --idle-timeout: connections that wait for their peer.
  SilentList<Connection>& silent() { return silent_; }

  // Calls back `to` after that many milliseconds or a little later, with Operation::sleep. `time`
  // is the caller's, until then.
  struct Time {  // __kernel_timespec, which is the same on all architectures
    std::int64_t seconds;
    std::int64_t nanoseconds;
  };
  void tell_after(std::uint32_t ms, Time& time, Completer& to);

  // Another reactor's ring gets a message with the descriptor, and that reactor's taker the
  // descriptor. When the kernel cannot do that (before Linux 6.3), this reactor's taker gets it.
  void hand_over(int fd, Reactor& to);
  void set_taker(ConnectionTaker& taker) { taker_ = &taker; }

  [[noreturn]] void run();

 private:
  // The descriptor of a message that did not arrive.
  class Returned final : public Completer {
   public:
    explicit Returned(Reactor& reactor, int fd) : reactor_(reactor), fd_(fd) {}
    void on_completion(Operation, int result, std::uint32_t) override;

   private:
    Reactor& reactor_;
    const int fd_;
  };

  void on_completion(Operation operation, int result, std::uint32_t flags) override;
  void end_silent();

  Ring ring_;
  ReceiveBuffers buffers_;
  ConnectionTaker* taker_ = nullptr;
  SilentList<Connection> silent_;
  Time until_look_{};
};

}  // namespace iomodels
