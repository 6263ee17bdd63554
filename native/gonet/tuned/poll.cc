// In place of ../poll.cc, with big-batch, fine-timers, fifo and cadence-poll.
#include "core/sys.hpp"
#include "core/sys_runtime.hpp"
#include "gonet/scheduler.hpp"
#include "netpoll.hpp"
#include "tuning.hpp"

namespace iomodels::gonet::netpoll {
namespace {

constexpr int kEventsPerPoll = 128;
constexpr int kEventsPerBigBatch = 512;

int wait(epoll_event* events, int capacity, std::int64_t delay_ns) {
  if (tuning.fine_timers && delay_ns > 0) {
    return sys::epoll_wait_ns(epoll_number(), events, capacity, delay_ns);
  }
  return sys::epoll_wait(epoll_number(), events, capacity, timeout_ms(delay_ns));
}

// Not inlined, so that only a poll for many events uses stack for them.
template <int kCapacity>
[[gnu::noinline]] CoroutineList ask(std::int64_t delay_ns) {
  epoll_event events[kCapacity];
  const int n = wait(events, kCapacity, delay_ns);
  return deliver(events, n, delay_ns != 0);
}

CoroutineList reversed(CoroutineList list) {
  CoroutineList result;
  while (!list.empty()) result.push(list.pop());
  return result;
}

}  // namespace

std::uint32_t events_of(bool has_output) {
  const std::uint32_t urgent = tuning.skip_read ? static_cast<std::uint32_t>(EPOLLPRI) : 0;
  return (has_output ? sys::kEdgeEvents : sys::kEdgeEvents & ~EPOLLOUT) | urgent;
}

bool watch_output(int fd, const PollDesc& descriptor) {
  Worker::current().stats.outputs_watched.add();
  return sys::epoll_modify(epoll_number(), fd, tag_of(descriptor), events_of(true));
}

CoroutineList poll(std::int64_t delay_ns) {
  std::int64_t last = scheduler::state.last_poll_ns.load();
  CoroutineList ready =
      tuning.big_batch ? ask<kEventsPerBigBatch>(delay_ns) : ask<kEventsPerPoll>(delay_ns);
  if (tuning.fifo) ready = reversed(ready);
  // N1 has just polled: as after sysmon's poll, there is no need to poll again.
  if (tuning.cadence_poll && delay_ns == 0 && last != 0) {
    (void)scheduler::state.last_poll_ns.compare_exchange_strong(last, now_ns());
  }
  return ready;
}

}  // namespace iomodels::gonet::netpoll
