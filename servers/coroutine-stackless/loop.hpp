// The event loop: one thread that waits in epoll and resumes the coroutines of what is ready.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <queue>
#include <vector>

#include "core/silent_list.hpp"
#include "core/sys.hpp"

namespace iomodels {

// Called when its descriptor's state changes.
class EventHandler {
 public:
  virtual ~EventHandler() = default;
  // events: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR.
  virtual void on_events(std::uint32_t events) = 0;
  // It is on the loop's list of the silent, and has been for too long.
  virtual void on_silence() {}
  // After call_again.
  virtual void on_next_turn() {}
};

class Loop {
 public:
  Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Watches fd for input and output, edge-triggered. Any thread may add; the handler is called on
  // the loop's thread, perhaps before this returns. False with errno when the kernel refuses.
  bool add(int fd, EventHandler& handler) { return sys::epoll_add(epoll_, fd, &handler); }
  // With --idle-timeout: handlers that wait for their peer. Any thread may join one.
  SilentList<EventHandler>& silent() { return silent_; }

  // The rest is for the loop's own thread.
  // Calls on_next_turn once, after those that are ready by then have had their turn.
  void call_again(EventHandler& handler) { again_.push_back(&handler); }
  // The handler is not called any more, not even for events that have been taken already.
  void remove(int fd, const EventHandler& handler);

  // co_await loop.sleep(ms): that many milliseconds, or a little more.
  auto sleep(std::uint32_t ms) {
    struct Sleep {
      Loop& loop;
      std::uint32_t ms;
      bool await_ready() { return ms == 0; }
      void await_suspend(std::coroutine_handle<> sleeper) { loop.resume_after(ms, sleeper); }
      void await_resume() {}
    };
    return Sleep{*this, ms};
  }

  [[noreturn]] void run();

 private:
  struct Timer {
    std::int64_t due_ns;
    std::uint64_t order;  // equal times are over in the order of their calls
    std::coroutine_handle<> sleeper;
    bool operator>(const Timer& other) const {
      return due_ns != other.due_ns ? due_ns > other.due_ns : order > other.order;
    }
  };

  void resume_after(std::uint32_t ms, std::coroutine_handle<> sleeper);
  void run_again(std::size_t n);
  int timeout_ms() const;
  void resume_sleepers();

  const int epoll_;
  std::uint64_t timers_started_ = 0;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::deque<EventHandler*> again_;
  // Of the last wait; those from next_ on have not been handled.
  std::vector<epoll_event> events_;
  int taken_ = 0;
  int next_ = 0;
  SilentList<EventHandler> silent_;
};

}  // namespace iomodels
