// How a coroutine waits for a descriptor, and what an event of it does.
#include <sys/epoll.h>

#include "poll_desc.hpp"
#include "worker.hpp"

namespace iomodels::gonet {
namespace {

constexpr std::uint32_t kReadEvents = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t kWriteEvents = EPOLLOUT | EPOLLHUP | EPOLLERR;

}  // namespace

Status PollDesc::wait(Mode mode) {
  Status why = trouble(mode);
  if (why != Status::ok) return why;
  ReadyWord& word = mode == Mode::read ? reader_ : writer_;
  while (!word.wait(*this, mode)) {
    why = trouble(mode);
    if (why != Status::ok) return why;
    Worker::current().stats.timeouts_swallowed.add();
  }
  return Status::ok;
}

void PollDesc::on_event(std::uint32_t events, std::uint32_t sequence, CoroutineList& ready) {
  if (info_.load() >> kFlagBits != sequence) return Worker::current().stats.stale_events.add();
  set_event_error(events == EPOLLERR, sequence);
  if ((events & kReadEvents) != 0) {
    if (Coroutine* const reader = reader_.unblock(true)) ready.push(reader);
  }
  if ((events & kWriteEvents) != 0) {
    if (Coroutine* const writer = writer_.unblock(true)) ready.push(writer);
  }
}

}  // namespace iomodels::gonet
