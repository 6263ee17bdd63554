// The reactor: one thread that waits in epoll and calls back whoever has something to do.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

namespace iomodels {

// Called back when its descriptor becomes ready. Edge-triggered: it must use up what it was told
// of, or remember it.
class EventHandler {
 public:
  virtual ~EventHandler() = default;
  // events: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR.
  virtual void on_events(std::uint32_t events) = 0;
};

class Reactor {
 public:
  Reactor();

  // Any thread may add; the handler is called on the reactor's thread. It must outlive its
  // descriptor. False with errno when the kernel refuses.
  bool add(int fd, EventHandler& handler);

  // The rest is for the reactor's own thread.
  void remove(int fd);
  // Calls callback once, ms milliseconds from now or a little later. There is no way to cancel it.
  void call_after(std::uint32_t ms, std::function<void()> callback);
  [[noreturn]] void run();

 private:
  struct Timer {
    std::int64_t due_ns;
    std::uint64_t order;  // equal times fire in the order of their calls
    std::function<void()> callback;
    bool operator>(const Timer& other) const {
      return due_ns != other.due_ns ? due_ns > other.due_ns : order > other.order;
    }
  };

  int timeout_ms() const;
  void run_due_timers();

  int epoll_;
  std::uint64_t timers_started_ = 0;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
};

}  // namespace iomodels
