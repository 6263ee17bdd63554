// The scheduler: who runs next, who shares, who is woken, and what an idle server costs.
#include <sys/resource.h>

#include "gonet/run_queue.hpp"
#include "tools.hpp"

namespace {

using namespace tools;

// In what order the readied one (n) and those in the ring (r) ran.
std::string order_of_readied() {
  std::string order;
  in_run(1, [&order] {
    Group group;
    Semaphore go_on;
    group.start([&] {
      go_on.acquire();
      order += 'n';
    });
    yield();
    for (int i = 0; i < 3; ++i) group.start([&] { order += 'r'; });
    go_on.release();
    group.join();
  });
  return order;
}

// A coroutine that is readied runs next, ahead of those that wait in the ring; except when the
// slice is over by then, which a machine that gives this thread no CPU for 10 ms decides: such a
// run says nothing.
void readied_runs_next() {
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const std::uint64_t overdue = stat_totals().slices_overdue;
    const std::string order = order_of_readied();
    CHECK_EQUAL(order.size(), 4u);
    if (stat_totals().slices_overdue != overdue) continue;
    // The last of the three had been the next one, and went to the end of the ring.
    CHECK(order == "nrrr");
    return;
  }
  check::fail("a slice was over in each of 1000 attempts");
}

// Two that ready each other inherit one time slice; when it is over the others have their turn,
// though nobody is idle.
void pair_shares_a_slice(unsigned workers) {
  in_run(workers, [] {
    Group group;
    Semaphore ping;
    Semaphore pong;
    std::atomic<bool> is_over{false};
    std::atomic<long> turns{0};
    group.start([&] {
      while (!is_over) {
        ping.release();
        pong.acquire();
        ++turns;
      }
      ping.release();
    });
    group.start([&] {
      while (!is_over) {
        ping.acquire();
        pong.release();
      }
      pong.release();
    });
    for (int i = 0; i < 20 || turns == 0; ++i) yield();
    is_over = true;
    group.join();
  });
}

void pair_runs_back_to_back() {
  in_run(1, [] {
    Group group;
    Semaphore ping;
    Semaphore pong;
    const std::uint32_t before = Worker::current().processor->tick.load();
    std::uint32_t after = 0;
    group.start([&] {
      for (int i = 0; i < 100; ++i) {
        ping.release();
        pong.acquire();
      }
      after = Worker::current().processor->tick.load();
    });
    group.start([&] {
      for (int i = 0; i < 100; ++i) {
        ping.acquire();
        pong.release();
      }
    });
    group.join();
    // 200 turns, but few slices: one for each time the two had to wait for something else, and one
    // for each that was over before.
    CHECK(after - before < 20 + 2 * stat_totals().slices_overdue);
  });
}

void full_ring_moves_half_to_the_global_queue() {
  in_run(1, [] {
    Group group;
    std::atomic<int> ran{0};
    for (int i = 0; i < 1000; ++i) group.start([&] { ++ran; });
    group.join();
    CHECK_EQUAL(ran.load(), 1000);
  });
  const StatTotals totals = stat_totals();
  // 1,000 into 256: each time 128 and the one too many go.
  CHECK_EQUAL(totals.queue_overflows, (1000u - 1 - 256 + 128) / 129);
  CHECK(totals.global_takes > 0);
}

// Without the look at every 61st slice, a ring that is never empty would keep the global queue
// waiting for ever.
void global_queue_gets_its_turn() {
  in_run(1, [] {
    Group group;
    std::atomic<bool> is_over{false};
    for (int i = 0; i < 4; ++i) {
      group.start([&] {
        while (!is_over) yield();
      });
    }
    Semaphore unlucky;
    group.start([&] {
      unlucky.acquire();
      is_over = true;
    });
    yield();
    // From sysmon's or another poller's hand it would come like this: without a processor, to the
    // global queue.
    scheduler::park(
        [](Coroutine* self, void*) {
          CoroutineQueue queue;
          queue.push_back(self);
          const Locked lock(scheduler::state.mutex);
          scheduler::put_global(queue);
          return true;
        },
        nullptr);
    unlucky.release();
    group.join();
  });
  CHECK(stat_totals().global_takes_fair > 0);
}

// Nobody goes to sleep while there is work: bursts from one coroutine, met by workers that are just
// falling asleep.
void no_worker_sleeps_through_work(unsigned workers) {
  const long rounds = check::argument("rounds", 20'000);
  in_run(workers, [rounds] {
    Random random{5};
    for (long round = 0; round < rounds; ++round) {
      Group group;
      for (std::uint32_t n = 1 + random.below(4); n > 0; --n) {
        group.start([ns = random.below(3'000)] { spin_ns(ns); });
      }
      if (random.below(16) == 0) sleep_ns(random.below(50'000));
      group.join();
    }
  });
}

// A worker that computes for long holds the others' events up for 10 ms at most: sysmon polls,
// others run them.
void sysmon_polls_for_the_busy(unsigned workers) {
  in_run(workers, [] {
    Pair ends = pair();
    Group group;
    std::atomic<bool> has_read{false};
    group.start([&] {
      char byte;
      CHECK(ends.a.read(&byte, 1).ok());
      has_read = true;
    });
    until([] { return netpoll::waiters() == 1; });
    const std::uint64_t before = stat_totals().polls_sysmon;
    CHECK(ends.b.write("x", 1).ok());
    const std::int64_t patience = now_ns() + 10'000'000'000;
    // The own queue is never empty, so this worker never polls.
    group.start([&] {
      while (!has_read && now_ns() < patience) yield();
    });
    while (!has_read && now_ns() < patience) yield();
    CHECK(has_read);
    if (one_processor) CHECK(stat_totals().polls_sysmon > before);
    group.join();
  });
}

long voluntary_switches() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nvcsw;
}

// With a listener and an idle connection open, nothing at all wakes up, until a byte comes.
void idle_costs_nothing(unsigned workers) {
  std::atomic<bool> is_idle{false};
  std::atomic<bool> is_over{false};
  long switches = -1;
  std::uint64_t rounds = 1;
  int peer = -1;
  pthread_t observer;
  struct Shared {
    std::atomic<bool>& is_idle;
    long& switches;
    std::uint64_t& rounds;
    int& peer;
  } shared{is_idle, switches, rounds, peer};
  pthread_create(
      &observer, nullptr,
      [](void* argument) -> void* {
        Shared& s = *static_cast<Shared*>(argument);
        while (!s.is_idle) usleep(1'000);
        const auto asleep = [] {
          const Locked lock(scheduler::state.mutex);
          return scheduler::state.sysmon_sleeps.load();
        };
        while (!asleep()) usleep(10'000);
        const long before = voluntary_switches();
        const StatTotals totals = stat_totals();
        usleep(1'000'000);  // the second whose wake-ups are counted
        s.switches = voluntary_switches() - before;
        const StatTotals later = stat_totals();
        s.rounds = later.sysmon_rounds - totals.sysmon_rounds + later.polls_blocking -
                   totals.polls_blocking + later.worker_wakes - totals.worker_wakes;
        (void)!::write(s.peer, "x", 1);
        return nullptr;
      },
      &shared);
  in_run(workers, [&] {
    const auto [own, other] = socket_pair();
    Conn conn = conn_of(own);
    peer = other;
    is_idle = true;
    char byte;
    CHECK(conn.read(&byte, 1).ok());
    close(other);
  });
  pthread_join(observer, nullptr);
  CHECK_EQUAL(rounds, 0u);
#ifndef IOMODELS_TSAN    // which has a thread of its own
  CHECK(switches <= 2);  // the observer's
#endif
}

// The poller that is woken runs the first coroutine itself: no other worker needs to be woken for
// it.
void woken_poller_runs_it_itself(unsigned workers) {
  in_run(workers, [] {
    const auto [own, peer] = socket_pair();
    Conn conn = conn_of(own);
    char byte;
    const std::uint64_t before = stat_totals().wakeups_blocking;
    for (int i = 0; i < 50; ++i) {
      const pid_t child = i;  // only to number them
      (void)child;
      Group group;
      group.start([&] { CHECK(conn.read(&byte, 1).ok()); });
      sleep_ms(1);
      CHECK(::write(peer, "x", 1) == 1);
      group.join();
    }
    CHECK(stat_totals().wakeups_blocking + stat_totals().wakeups_nonblocking > before);
    close(peer);
  });
}

void runs_follow_each_other(unsigned workers) {
  for (int i = 0; i < 20; ++i) {
    bool has_run = false;
    in_run(workers, [&] {
      sleep_ns(100'000);
      has_run = true;
    });
    CHECK(has_run);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<check::Case> cases = {
      {"who is readied runs next", readied_runs_next},
      {"a ping-pong pair runs back to back in one slice", pair_runs_back_to_back},
      {"a full ring moves half of itself to the global queue",
       full_ring_moves_half_to_the_global_queue},
      {"the global queue gets its turn at every 61st slice", global_queue_gets_its_turn},
  };
  check::add(cases, "a ping-pong pair does not starve the others", pair_shares_a_slice);
  check::add(cases, "no worker sleeps through work", no_worker_sleeps_through_work, 3600);
  check::add(cases, "sysmon polls for the busy", sysmon_polls_for_the_busy);
  check::add(cases, "an idle server wakes up for nothing", idle_costs_nothing);
  check::add(cases, "the woken poller runs it itself", woken_poller_runs_it_itself);
  check::add(cases, "runs follow each other", runs_follow_each_other);
  return check::run(argc, argv, cases);
}
