// The reactor: one thread that waits in epoll and calls the handlers of what is ready.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <utility>
#include <vector>

#include "core/silent_list.hpp"
#include "core/sys.hpp"

namespace iomodels {

// When epoll reports a state.
enum class Trigger : bool {
  edge,   // once per change: a handler must use up its event, or remember it
  level,  // for as long as it lasts: a handler must not watch for what it does not use up
};

// Called back when its descriptor becomes ready.
class EventHandler {
 public:
  virtual ~EventHandler() = default;
  // events: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR; none of them after call_again.
  virtual void on_events(std::uint32_t events) = 0;
  // It is on the reactor's list of the silent, and has been for too long.
  virtual void on_silence() {}
};

class Reactor {
 public:
  explicit Reactor(Trigger trigger);

  Trigger trigger() const { return trigger_; }

  // Edge-triggered: watches for input and output. Level-triggered: for what is asked. Any thread
  // may add; the handler is called on the reactor's thread. It must outlive its descriptor. False
  // with errno when the kernel refuses.
  bool add(int fd, EventHandler& handler, std::uint32_t level_events = EPOLLIN);

  // The rest is for the reactor's own thread.
  void remove(int fd);
  // Watches fd, which was added, for other events: EPOLLIN, EPOLLOUT. Level-triggered only. False
  // with errno when the kernel refuses.
  bool watch(int fd, EventHandler& handler, std::uint32_t events);
  // Calls callback once, ms milliseconds from now or a little later. There is no way to cancel it.
  void call_after(std::uint32_t ms, std::function<void()> callback);
  // With --idle-timeout: handlers that wait for their peer. Any thread may join one.
  SilentList<EventHandler>& silent() { return silent_; }
  // Calls the handler once more, with no events, after those that are ready by then have had their
  // turn. It must not end before that without forget.
  void call_again(EventHandler& handler) { again_.push_back(&handler); }
  void forget(const EventHandler& handler);
  // Ends a handler whose descriptor is closed. It may still be called back for events that had been
  // taken before that; it is destroyed after those.
  void retire(std::unique_ptr<EventHandler> handler) { retired_.push_back(std::move(handler)); }
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
  void run_again(std::size_t n);
  void end_silent();

  const Trigger trigger_;
  const int epoll_;
  std::deque<EventHandler*> again_;
  std::vector<std::unique_ptr<EventHandler>> retired_;
  SilentList<EventHandler> silent_;
  std::uint64_t timers_started_ = 0;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
};

}  // namespace iomodels
