#include "loop.hpp"

#include <cerrno>
#include <cstring>
#include <string>

#include "core/server.hpp"
#include "task.hpp"

namespace iomodels {
namespace {

constexpr int kEventsPerWait = 128;  // as many as callback-epoll and Go's netpoll take

Detached end_silent(Loop& loop) {
  for (;;) {
    co_await loop.sleep(silence_look_ms());
    const std::int64_t now = now_ns();
    while (EventHandler* const handler = loop.silent().take_silent(now)) handler->on_silence();
  }
}

}  // namespace

Loop::Loop() : epoll_(sys::epoll_create()), events_(kEventsPerWait) {
  if (epoll_ < 0) Server::fail(std::string("epoll_create1: ") + std::strerror(errno));
}

void Loop::remove(int fd, const EventHandler& handler) {
  sys::epoll_remove(epoll_, fd);
  if (!again_.empty()) std::erase(again_, &handler);
  for (int i = next_; i < taken_; ++i) {
    epoll_event& event = events_[static_cast<std::size_t>(i)];
    if (event.data.ptr == &handler) event.data.ptr = nullptr;
  }
}

void Loop::resume_after(std::uint32_t ms, std::coroutine_handle<> sleeper) {
  timers_.push({now_ns() + ms * 1'000'000LL, timers_started_++, sleeper});
}

// The first n; a handler may have itself called again, or end.
void Loop::run_again(std::size_t n) {
  for (; n > 0 && !again_.empty(); --n) {
    EventHandler* const handler = again_.front();
    again_.pop_front();
    handler->on_next_turn();
  }
}

int Loop::timeout_ms() const {
  if (!again_.empty()) return 0;
  if (timers_.empty()) return -1;
  const std::int64_t left_ns = timers_.top().due_ns - now_ns();
  // Rounded up: nobody wakes early, and the loop does not spin through the last millisecond.
  return left_ns <= 0 ? 0 : static_cast<int>((left_ns + 999'999) / 1'000'000);
}

void Loop::resume_sleepers() {
  while (!timers_.empty() && timers_.top().due_ns <= now_ns()) {
    const std::coroutine_handle<> sleeper = timers_.top().sleeper;
    timers_.pop();
    sleeper.resume();
  }
}

void Loop::run() {
  if (limits.idle_timeout_ms > 0) end_silent(*this);
  for (;;) {
    const std::size_t waited_for = again_.size();
    taken_ = sys::epoll_wait(epoll_, events_.data(), kEventsPerWait, timeout_ms());
    next_ = 0;
    while (next_ < taken_) {
      const epoll_event event = events_[static_cast<std::size_t>(next_++)];
      auto* const handler = static_cast<EventHandler*>(event.data.ptr);
      if (handler != nullptr) handler->on_events(event.events);
    }
    if (waited_for > 0) run_again(waited_for);
    resume_sleepers();
  }
}

}  // namespace iomodels
