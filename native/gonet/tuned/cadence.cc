#include "cadence.hpp"

#include "gonet/netpoll.hpp"

namespace iomodels::gonet::scheduler {
namespace {

constexpr std::uint32_t kCadence = 4;
constexpr std::int64_t kCadenceNs = 200'000;
constexpr std::uint32_t kFoundEvery = 2;

// As N3, by a worker that is at work, and sooner.
void poll_in_cadence(Worker& worker) {
  std::int64_t last = state.last_poll_ns.load();
  if (!netpoll::is_started() || netpoll::waiters() <= 0 || last == 0) return;
  const std::int64_t now = now_ns();
  if (now - last < kCadenceNs || !state.last_poll_ns.compare_exchange_strong(last, now)) return;
  worker.stats.polls_cadence.add();
  CoroutineList list = netpoll::poll(0);
  const auto n = static_cast<int>(list.size());
  worker.stats.wakeups_cadence.add(static_cast<std::uint64_t>(n));
  inject_globally(list);
  netpoll::add_waiters(-n);
}

}  // namespace

Coroutine* find_in_cadence(Worker& worker, bool& inherits) {
  const std::uint32_t turn = worker.processor->dispatches++;
  if (turn % kCadence == 0) poll_in_cadence(worker);
  if (turn % kFoundEvery == 0 && !state.is_stopping.load(std::memory_order_relaxed)) {
    if (Coroutine* const found = take_from_global(worker, 1)) {
      inherits = false;
      return found;
    }
  }
  return find_runnable(worker, inherits);
}

}  // namespace iomodels::gonet::scheduler
