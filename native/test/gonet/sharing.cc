// Several workers really share the work: as many coroutines run at once as there are workers, on as
// many threads, and no step of a coroutine is lost or run twice.
#include <sched.h>
#include <sys/syscall.h>

#include <set>

#include "tools.hpp"

namespace {

using namespace tools;

constexpr std::int64_t kPatienceNs = 30'000'000'000;

// The threads that coroutines were seen on. Asks the kernel, so that neither the runtime's own
// state nor a cached thread-local can make it look right.
class Threads {
 public:
  void add_own() {
    const long id = syscall(SYS_gettid);
    const Locked lock(mutex_);
    ids_.insert(id);
    count_.store(static_cast<int>(ids_.size()));
  }
  int count() const { return count_.load(); }

 private:
  Mutex mutex_;
  std::set<long> ids_;  // guarded by mutex_
  std::atomic<int> count_{0};
};

void raise_to(std::atomic<int>& most, int value) {
  int seen = most.load();
  while (seen < value && !most.compare_exchange_weak(seen, value)) {
  }
}

// Nobody leaves before as many are inside as there are workers; each is on a thread of its own
// then, since none of them gives way.
void all_workers_run_at_once(unsigned workers) {
  const int wanted = static_cast<int>(workers);
  Threads threads;
  std::atomic<int> most{0};
  in_run(workers, [&] {
    std::atomic<int> inside{0};
    Group group;
    const std::int64_t patience = now_ns() + kPatienceNs;
    for (int i = 0; i < 4 * wanted; ++i) {
      group.start([&] {
        threads.add_own();
        raise_to(most, ++inside);
        while (most < wanted && now_ns() < patience) sched_yield();
        --inside;
      });
    }
    group.join();
  });
  CHECK_EQUAL(most.load(), wanted);
  CHECK_EQUAL(threads.count(), wanted);
  const StatTotals totals = stat_totals();
  if (workers == 1) {
    CHECK_EQUAL(totals.steals, 0u);
    CHECK_EQUAL(totals.workers_started, 0u);
  } else {
    CHECK(totals.steals > 0);
    CHECK(totals.workers_started + 1 >= workers);
  }
}

constexpr int kCoroutines = 64;
constexpr long kSteps = 200;

// One coroutine of the case below. steps is an ordinary number: only one worker at a time may touch
// it, and ThreadSanitizer checks that.
struct Runner {
  std::atomic<bool> is_inside{false};
  long steps = 0;
};

void burn_ns(std::int64_t ns) {
  const std::int64_t end = now_ns() + ns;
  while (now_ns() < end) {
  }
}

// CPU-bound coroutines that yield: on more than one thread, each step once.
void each_step_runs_once(unsigned workers) {
  Threads threads;
  Runner runners[kCoroutines];
  std::atomic<long> steps{0};
  in_run(workers, [&] {
    Group group;
    const std::int64_t patience = now_ns() + kPatienceNs;
    const auto is_shared = [&] {
      return workers == 1 || (threads.count() > 1 && stat_totals().steals > 0);
    };
    for (Runner& runner : runners) {
      group.start([&] {
        while (runner.steps < kSteps || (!is_shared() && now_ns() < patience)) {
          if (runner.is_inside.exchange(true)) check::fail("a coroutine runs twice at once");
          threads.add_own();
          burn_ns(2'000);
          ++runner.steps;
          ++steps;
          runner.is_inside = false;
          yield();
        }
      });
    }
    group.join();
  });
  long sum = 0;
  for (const Runner& runner : runners) sum += runner.steps;
  CHECK_EQUAL(sum, steps.load());
  CHECK(sum >= kCoroutines * kSteps);
  const StatTotals totals = stat_totals();
  if (workers == 1) {
    CHECK_EQUAL(threads.count(), 1);
    CHECK_EQUAL(totals.steals, 0u);
  } else {
    CHECK(threads.count() > 1);
    CHECK(threads.count() <= static_cast<int>(workers));
    CHECK(totals.steals > 0);
  }
}

// Connections' coroutines are shared too: those that a poll readies while its own worker computes.
void readers_are_shared(unsigned workers) {
  Threads threads;
  in_run(workers, [&] {
    constexpr int kReaders = 16;
    Group group;
    std::vector<int> peers;
    std::atomic<bool> is_over{false};
    std::atomic<long> reads{0};
    for (int i = 0; i < kReaders; ++i) {
      const auto [own, peer] = socket_pair();
      peers.push_back(peer);
      group.start([&, conn = conn_of(own)]() mutable {
        char byte;
        while (conn.read(&byte, 1).ok()) {
          threads.add_own();
          ++reads;
          burn_ns(20'000);
        }
      });
    }
    const std::int64_t patience = now_ns() + kPatienceNs;
    long sent = 0;
    for (int round = 0; round < 50 || (workers > 1 && threads.count() < 2); ++round) {
      if (now_ns() > patience) break;
      for (const int peer : peers) CHECK(::write(peer, "x", 1) == 1);
      sent += kReaders;
      until([&] { return reads == sent; });
    }
    for (const int peer : peers) close(peer);
    group.join();
    CHECK_EQUAL(reads.load(), sent);
  });
  if (workers == 1) {
    CHECK_EQUAL(threads.count(), 1);
  } else {
    CHECK(threads.count() > 1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<check::Case> cases;
  check::add(cases, "as many run at once as there are workers", all_workers_run_at_once);
  check::add(cases, "each step runs once, on whichever worker", each_step_runs_once);
  check::add(cases, "readers are shared", readers_are_shared);
  return check::run(argc, argv, cases);
}
