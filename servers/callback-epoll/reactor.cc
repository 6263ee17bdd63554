#include "reactor.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/limits.hpp"
#include "core/server.hpp"

namespace iomodels {
namespace {

constexpr int kEventsPerWait = 128;  // as many as Go's netpoll takes

}  // namespace

Reactor::Reactor(Trigger trigger) : trigger_(trigger), epoll_(sys::epoll_create()) {
  if (epoll_ < 0) Server::fail(std::string("epoll_create1: ") + std::strerror(errno));
}

bool Reactor::add(int fd, EventHandler& handler, std::uint32_t level_events) {
  const std::uint32_t events = trigger_ == Trigger::edge ? sys::kEdgeEvents : level_events;
  return sys::epoll_add(epoll_, fd, &handler, events);
}

bool Reactor::watch(int fd, EventHandler& handler, std::uint32_t events) {
  return sys::epoll_modify(epoll_, fd, &handler, events);
}

void Reactor::remove(int fd) { sys::epoll_remove(epoll_, fd); }

void Reactor::call_after(std::uint32_t ms, std::function<void()> callback) {
  timers_.push({now_ns() + ms * 1'000'000LL, timers_started_++, std::move(callback)});
}

int Reactor::timeout_ms() const {
  if (!again_.empty()) return 0;
  if (timers_.empty()) return -1;
  const std::int64_t left_ns = timers_.top().due_ns - now_ns();
  // Rounded up: a timer never fires early, and the reactor never spins through its last
  // millisecond.
  return left_ns <= 0 ? 0 : static_cast<int>((left_ns + 999'999) / 1'000'000);
}

void Reactor::run_due_timers() {
  while (!timers_.empty() && timers_.top().due_ns <= now_ns()) {
    const std::function<void()> callback = timers_.top().callback;
    timers_.pop();
    callback();
  }
}

void Reactor::forget(const EventHandler& handler) { std::erase(again_, &handler); }

// The first n; a handler may have itself called again, or end.
void Reactor::run_again(std::size_t n) {
  for (; n > 0 && !again_.empty(); --n) {
    EventHandler* const handler = again_.front();
    again_.pop_front();
    handler->on_events(0);
  }
}

void Reactor::end_silent() {
  const std::int64_t now = now_ns();
  while (EventHandler* const handler = silent_.take_silent(now)) handler->on_silence();
  call_after(silence_look_ms(), [this] { end_silent(); });
}

void Reactor::run() {
  if (limits.idle_timeout_ms > 0) end_silent();
  epoll_event events[kEventsPerWait];
  for (;;) {
    const std::size_t waited_for = again_.size();
    const int n = sys::epoll_wait(epoll_, events, kEventsPerWait, timeout_ms());
    // A handler may end another one's connection, but the pointers of this batch stay good.
    for (int i = 0; i < n; ++i) {
      static_cast<EventHandler*>(events[i].data.ptr)->on_events(events[i].events);
    }
    if (waited_for > 0) run_again(waited_for);
    run_due_timers();
    retired_.clear();
  }
}

}  // namespace iomodels
