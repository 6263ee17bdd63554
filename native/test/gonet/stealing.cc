// What a worker takes from others, and when it may look: the victim's next coroutine last, a fair
// share of the global queue, and never more lookers than half of those who are busy.
//
// Workers are brought into a known state first: those that are not meant to take part sleep, and
// while one seems to spin nobody wakes them.
#include <sched.h>

#include <string>

#include "gonet/scheduler.hpp"
#include "tools.hpp"

namespace {

using namespace tools;
using scheduler::state;

constexpr std::int64_t kPatienceNs = 30'000'000'000;

template <class Condition>
void spin_until(const char* what, Condition&& condition) {
  const std::int64_t patience = now_ns() + kPatienceNs;
  while (!condition()) {
    if (now_ns() > patience) check::fail(std::string("in vain: ") + what);
    sched_yield();
  }
}

int asleep() {
  const Locked lock(state.mutex);
  int n = 0;
  for (const Worker* worker = state.idle_workers; worker != nullptr; worker = worker->next_idle) {
    ++n;
  }
  return n;
}

// Until all workers but that many sleep.
void settle(int busy) {
  spin_until("the others are to sleep", [busy] {
    const auto all = static_cast<int>(stat_totals().workers_started) + 1;
    return state.spinning.load() == 0 && asleep() == all - busy;
  });
  state.needs_spinning.store(false);
}

// From here to its end nobody is woken for new work: it looks as if a worker were about to find it.
class SeemsToSpin {
 public:
  SeemsToSpin() { state.spinning.fetch_add(1); }
  ~SeemsToSpin() {
    state.spinning.fetch_sub(1);
    scheduler::wake_one();
  }
};

// Two workers are busy, one seems to spin: 2 * 1 is not less than 2, so a worker whose coroutine
// ends does not look into the other's queue but goes to sleep.
void lookers_are_at_most_half_of_the_busy(unsigned workers) {
  in_run(workers, [] {
    const Worker* const own = &Worker::current();
    std::atomic<bool> is_elsewhere{false};
    std::atomic<bool> may_end{false};
    std::atomic<int> ran{0};
    Group busy;
    Group queued;
    busy.start([&] {
      CHECK(&Worker::current() != own);
      is_elsewhere = true;
      while (!may_end) sched_yield();
    });
    spin_until("the second is to run elsewhere", [&] { return is_elsewhere.load(); });
    settle(2);
    const std::uint64_t before = stat_totals().steals;
    {
      const SeemsToSpin nobody_is_woken;
      for (int i = 0; i < 4; ++i) queued.start([&] { ++ran; });
      may_end = true;
      const auto all = static_cast<int>(stat_totals().workers_started) + 1;
      spin_until("the second worker is to sleep", [all] { return asleep() == all - 1; });
      CHECK_EQUAL(stat_totals().steals, before);
      CHECK_EQUAL(ran.load(), 0);
    }
    spin_until("somebody is to steal", [&] { return ran == 4; });
    CHECK(stat_totals().steals > before);
    queued.join();
    busy.join();
  });
}

// The order in which the coroutines of a round ran.
class Order {
 public:
  void add(char name) {
    const Locked lock(mutex_);
    text_ += name;
  }
  std::string text() {
    const Locked lock(mutex_);
    return text_;
  }

 private:
  Mutex mutex_;
  std::string text_;  // guarded by mutex_
};

// The first worker computes and has only a next coroutine, n; the second computes and has three in
// its ring and a next one, m; the third is woken. It comes to n on its first pass half of the time,
// but all of the ring must run before n and m do.
void one_round_of_next_comes_last() {
  const Worker* const own = &Worker::current();
  Order order;
  std::atomic<bool> is_elsewhere{false};
  std::atomic<bool> may_fill{false};
  std::atomic<bool> has_filled{false};
  std::atomic<bool> may_end{false};
  Group second;
  Group rings;
  Group next;
  second.start([&] {
    CHECK(&Worker::current() != own);
    is_elsewhere = true;
    while (!may_fill) sched_yield();
    for (const char name : {'1', '2', '3', 'm'}) rings.start([&order, name] { order.add(name); });
    has_filled = true;
    while (!may_end) sched_yield();
  });
  spin_until("the second is to run elsewhere", [&] { return is_elsewhere.load(); });
  settle(2);
  {
    const SeemsToSpin nobody_is_woken;
    next.start([&] { order.add('n'); });
    may_fill = true;
    spin_until("the second is to fill its queue", [&] { return has_filled.load(); });
  }
  spin_until("all are to run", [&] { return order.text().size() == 5; });
  may_end = true;
  second.join();
  rings.join();
  next.join();
  const std::string ran = order.text();
  if (ran.find_first_of("mn") != 3) check::fail("they ran in the order " + ran);
}

void next_comes_last() {
  constexpr int kRounds = 24;
  in_run(3, [] {
    for (int round = 0; round < kRounds; ++round) one_round_of_next_comes_last();
  });
  CHECK_EQUAL(stat_totals().steals_next >= 2 * kRounds, true);
}

void next_is_not_taken_unless_asked_for() {
  in_run(2, [] {
    RunQueue thief;
    RunQueue victim;
    Coroutine next;
    Coroutine first;
    bool took_next = false;
    CHECK(victim.put_next(&next) == nullptr);
    CHECK(thief.steal_from(victim, false, took_next) == nullptr);
    CHECK(!took_next);
    CHECK(victim.put(&first));
    CHECK(thief.steal_from(victim, true, took_next) == &first);
    CHECK(!took_next);
    CHECK(thief.steal_from(victim, true, took_next) == &next);
    CHECK(took_next);
    CHECK(victim.empty());
    CHECK(thief.empty());
  });
}

// Puts that many into the global queue and takes a batch of them for a processor; how many came,
// with the one to run, which must be the oldest. Nobody else sees the queue meanwhile.
std::size_t batch_of(std::size_t size, std::size_t most) {
  std::vector<Coroutine> coroutines(size);
  Processor processor;
  std::size_t n = 1;
  const Locked lock(state.mutex);
  CHECK(state.global.empty());
  CoroutineQueue queue;
  for (Coroutine& coroutine : coroutines) queue.push_back(&coroutine);
  scheduler::put_global(queue);
  CHECK_EQUAL(state.global_size.load(), size);
  CHECK(scheduler::take_global(processor, most) == coroutines.data());
  bool inherits = false;
  while (const Coroutine* const taken = processor.queue.take(inherits)) {
    CHECK(taken == &coroutines[n]);
    ++n;
  }
  CHECK_EQUAL(state.global_size.load(), size - n);
  state.global = {};
  state.global_size.store(0);
  return n;
}

// size / processors + 1, at most size and at most 128; one at every 61st slice.
void batches_are_fair(unsigned workers) {
  in_run(workers, [workers] {
    constexpr std::size_t kMost = RunQueue::kCapacity / 2;
    CHECK_EQUAL(batch_of(1, kMost), 1u);
    CHECK_EQUAL(batch_of(100, 1), 1u);
    CHECK_EQUAL(batch_of(100, kMost), workers == 1 ? 100u : 100u / workers + 1);
    CHECK_EQUAL(batch_of(2'000, kMost), 128u);
  });
}

void work_is_stolen(unsigned workers) {
  if (workers == 1) return;
  in_run(workers, [] {
    Group group;
    std::atomic<int> ran{0};
    std::atomic<bool> was_elsewhere{false};
    const Worker* const own = &Worker::current();
    for (int i = 0; i < 200; ++i) {
      group.start([&] {
        spin_ns(50'000);
        if (&Worker::current() != own) was_elsewhere = true;
        ++ran;
      });
    }
    // This worker gives no one else a turn until another worker has taken something.
    const std::int64_t patience = now_ns() + 10'000'000'000;
    while (!was_elsewhere && now_ns() < patience) spin_ns(100'000);
    CHECK(was_elsewhere);
    group.join();
    CHECK_EQUAL(ran.load(), 200);
  });
  CHECK(stat_totals().steals > 0);
}

// The next coroutine of a processor that computes is stolen too, as the last resort.
void next_is_stolen_last(unsigned workers) {
  if (workers == 1) return;
  in_run(workers, [] {
    Group group;
    std::atomic<bool> has_run{false};
    group.start([&] { has_run = true; });
    const std::int64_t patience = now_ns() + 10'000'000'000;
    while (!has_run && now_ns() < patience) spin_ns(100'000);
    CHECK(has_run);
    group.join();
  });
  CHECK(stat_totals().steals_next > 0);
}

// A timer of a processor that computes fires on another one.
void timers_are_stolen(unsigned workers) {
  if (workers == 1) return;
  in_run(workers, [] {
    Group group;
    std::atomic<bool> has_woken{false};
    group.start([&] {
      sleep_ms(2);
      has_woken = true;
    });
    const std::int64_t patience = now_ns() + 10'000'000'000;
    while (!has_woken && now_ns() < patience) spin_ns(100'000);
    CHECK(has_woken);
    group.join();
  });
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<check::Case> cases = {
      {"next comes last, after all rings", next_comes_last},
      {"next is not taken unless asked for", next_is_not_taken_unless_asked_for},
  };
  for (const unsigned workers : {2u, 8u}) {
    cases.push_back({"lookers are at most half of the busy, workers " + std::to_string(workers),
                     [workers] { lookers_are_at_most_half_of_the_busy(workers); }});
  }
  check::add(cases, "batches from the global queue are fair", batches_are_fair);
  check::add(cases, "work is stolen", work_is_stolen);
  check::add(cases, "next is stolen last", next_is_stolen_last);
  check::add(cases, "timers are stolen", timers_are_stolen);
  return check::run(argc, argv, cases);
}
