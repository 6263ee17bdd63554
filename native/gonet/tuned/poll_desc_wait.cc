// In place of ../poll_desc_wait.cc, with skip-read and lean-stacks.
#include <sys/epoll.h>

#include "gonet/poll_desc.hpp"
#include "gonet/worker.hpp"
#include "packed_stack.hpp"

namespace iomodels::gonet {
namespace {

constexpr std::uint32_t kReadEvents = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t kWriteEvents = EPOLLOUT | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t kLastEvents = EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI;

// Packs first: once the word holds the coroutine, another worker may run it.
bool commit_packed(Coroutine* parked, void* word) {
  pack(*parked);
  if (ReadyWord::commit(parked, word)) return true;
  if (is_packed(*parked)) unpack(*parked);
  return false;
}

}  // namespace

Status PollDesc::wait(Mode mode) {
  Status why = trouble(mode);
  if (why != Status::ok) return why;
  ReadyWord& word = mode == Mode::read ? reader_ : writer_;
  const bool may_rest = packs_stacks() && mode == Mode::read;
  bool packs = false;
  if (may_rest) extras_.begin_rest();
  while (!word.wait(*this, mode, packs ? commit_packed : ReadyWord::commit)) {
    why = trouble(mode);
    if (why != Status::ok) return why;
    packs = may_rest && extras_.take_pack_request();
    if (packs) continue;
    Worker::current().stats.timeouts_swallowed.add();
    if (may_rest) extras_.begin_rest();
  }
  return Status::ok;
}

// Before it waits: a sweep that finds it waiting finds this.
void PollDescExtras::begin_rest() {
  rest.store(Rest::fresh, std::memory_order_relaxed);
  note_wait();
}

bool PollDescExtras::take_pack_request() {
  if (rest.load(std::memory_order_relaxed) != Rest::asked) return false;
  rest.store(Rest::settled, std::memory_order_relaxed);
  return true;
}

Coroutine* PollDescExtras::count_rest(PollDesc& descriptor, bool& is_left) {
  if (!descriptor.reader_.has_waiter()) return nullptr;
  std::atomic<Rest>& rest = descriptor.extras_.rest;
  Rest seen = rest.load(std::memory_order_relaxed);
  if (seen == Rest::fresh) {
    is_left = true;
    (void)rest.compare_exchange_strong(seen, Rest::seen);
  } else if (seen == Rest::seen && rest.compare_exchange_strong(seen, Rest::asked)) {
    // By now it may be another wait, even of the descriptor's next use: that costs one T9 more.
    return descriptor.reader_.unblock(false);
  }
  return nullptr;
}

bool PollDescExtras::has_last_edge(const PollDesc& descriptor) {
  return (descriptor.info_.load() & PollDesc::kSpare) != 0;
}

void PollDescExtras::set_last_edge(PollDesc& descriptor, std::uint32_t sequence) {
  std::uint32_t seen = descriptor.info_.load();
  while (seen >> PollDesc::kFlagBits == sequence && (seen & PollDesc::kSpare) == 0) {
    if (descriptor.info_.compare_exchange_weak(seen, seen | PollDesc::kSpare)) return;
  }
}

void PollDesc::on_event(std::uint32_t events, std::uint32_t sequence, CoroutineList& ready) {
  if (info_.load() >> kFlagBits != sequence) return Worker::current().stats.stale_events.add();
  set_event_error(events == EPOLLERR, sequence);
  // Before any coroutine is readied for the edge, so that the one which acts on it knows.
  if ((events & kLastEvents) != 0) PollDescExtras::set_last_edge(*this, sequence);
  if ((events & kReadEvents) != 0) {
    if (Coroutine* const reader = reader_.unblock(true)) ready.push(reader);
  }
  if ((events & kWriteEvents) != 0) {
    if (Coroutine* const writer = writer_.unblock(true)) ready.push(writer);
  }
}

}  // namespace iomodels::gonet
