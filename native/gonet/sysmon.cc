// sysmon: a thread without a processor that looks after the others.
//
//   every round   20 us apart; after 50 rounds the pause doubles, up to 10 ms
//   N3            polls when nobody is in the blocking poll and the last poll is more than 10 ms
//                 ago
//   overdue       marks a processor whose time slice has lasted 10 ms; its coroutines give way when
//                 they next come to a call of Conn or Listener, or park (nothing interrupts one
//                 that does neither)
//   deep sleep    when all processors are idle and nothing has run for one pause of 10 ms: until
//                 one is taken, or for a timer
#include "core/sys_runtime.hpp"
#include "netpoll.hpp"
#include "scheduler.hpp"

namespace iomodels::gonet::scheduler {
namespace {

constexpr std::int64_t kFirstPauseNs = 20'000;
constexpr std::int64_t kLastPauseNs = 10'000'000;
constexpr int kRoundsBeforeBackOff = 50;
constexpr std::int64_t kPollAfterNs = 10'000'000;
constexpr std::int64_t kSliceNs = 10'000'000;

class Sysmon {
 public:
  explicit Sysmon(Worker& worker) : worker_(worker) {}

  void run() {
    while (!state.is_stopping.load()) {
      pause();
      worker_.stats.sysmon_rounds.add();
      if (is_quiet()) sleep_deeply();
      poll();
      chores_.run();
      mark_overdue();
    }
  }

 private:
  void pause() {
    if (rounds_ == 0) pause_ns_ = kFirstPauseNs;
    if (rounds_ > kRoundsBeforeBackOff) pause_ns_ *= 2;
    if (pause_ns_ > kLastPauseNs) pause_ns_ = kLastPauseNs;
    ++rounds_;
    sys::sleep_ns(pause_ns_);
  }

  bool all_idle() const {
    return state.idle_count.load() == static_cast<int>(state.processors.size());
  }

  bool is_quiet() {
    std::uint64_t ticks = 0;
    for (const Processor* const processor : state.processors) {
      ticks += processor->tick.load(std::memory_order_relaxed);
    }
    const bool has_run = ticks != ticks_seen_;
    ticks_seen_ = ticks;
    return !has_run && pause_ns_ == kLastPauseNs && all_idle();
  }

  void sleep_deeply() {
    const std::int64_t next_timer = earliest_timer();
    const std::int64_t left = next_timer == 0 ? -1 : next_timer - now_ns();
    if (next_timer != 0 && left <= 0) return;
    {
      const Locked lock(state.mutex);
      if (!all_idle() || state.is_stopping.load()) return;
      state.sysmon_sleeps.store(true);
    }
    worker_.stats.sysmon_deep_sleeps.add();
    (void)state.sysmon_note.sleep_for(chores_.shorten(left));
    const Locked lock(state.mutex);
    // A worker that takes a processor clears it, and wakes the note, under the lock.
    if (!state.sysmon_sleeps.load()) rounds_ = 0;
    state.sysmon_sleeps.store(false);
    state.sysmon_note.clear();
  }

  void poll() {
    std::int64_t last = state.last_poll_ns.load();
    const std::int64_t now = now_ns();
    if (!netpoll::is_started()) return;
    if (last == 0 || last + kPollAfterNs >= now) return;
    if (!state.last_poll_ns.compare_exchange_strong(last, now)) return;
    worker_.stats.polls_sysmon.add();
    CoroutineList list = netpoll::poll(0);
    const auto n = static_cast<int>(list.size());
    worker_.stats.wakeups_sysmon.add(static_cast<std::uint64_t>(n));
    inject(list);
    netpoll::add_waiters(-n);
  }

  void mark_overdue() {
    const std::int64_t now = now_ns();
    bool is_any = false;
    for (Processor* const processor : state.processors) {
      const std::uint32_t tick = processor->tick.load(std::memory_order_relaxed);
      if (processor->seen_tick != tick || processor->is_idle.load()) {
        processor->seen_tick = tick;
        processor->seen_at_ns = now;
      } else if (processor->seen_at_ns + kSliceNs <= now) {
        if (!processor->is_overdue.exchange(true)) worker_.stats.slices_overdue.add();
        is_any = true;
      }
    }
    state.overdue_hint.store(is_any, std::memory_order_relaxed);
  }

  Worker& worker_;
  int rounds_ = 0;
  std::int64_t pause_ns_ = 0;
  std::uint64_t ticks_seen_ = 0;
  SysmonChores chores_;
};

}  // namespace

void* sysmon(void* worker) {
  Worker::make_current(static_cast<Worker*>(worker));
  Sysmon(*static_cast<Worker*>(worker)).run();
  return nullptr;
}

}  // namespace iomodels::gonet::scheduler
