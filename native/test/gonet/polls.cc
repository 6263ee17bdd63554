// Who polls, what each poll leaves behind, and in which order what it found runs: N1 is the
// non-blocking poll between other work, N2 the blocking one, N3 sysmon's.
#include <sched.h>

#include <string>

#include "gonet/scheduler.hpp"
#include "tools.hpp"

namespace {

using namespace tools;
using scheduler::state;

constexpr std::int64_t kPatienceNs = 30'000'000'000;

// As if the last poll were an hour ahead: sysmon has no reason for one of its own until then, and a
// test that stands still for a while is as good as one that does not.
std::int64_t keep_sysmon_from_polling() {
  const std::int64_t marker = now_ns() + 3'600'000'000'000;
  state.last_poll_ns.store(marker);
  return marker;
}

// One reader that is parked, all edges of its descriptor delivered.
struct ParkedReader {
  int peer = -1;
  Group group;

  ParkedReader() {
    const auto [own, other] = socket_pair();
    peer = other;
    group.start([conn = conn_of(own)]() mutable {
      char byte;
      CHECK(conn.read(&byte, 1).ok());
    });
    until([] { return netpoll::waiters() == 1; });
    poll_here();
  }
  ~ParkedReader() { close(peer); }
  void send() { CHECK(::write(peer, "x", 1) == 1); }
};

void last_event_runs_first() {
  in_run(1, [] {
    const std::string wanted = "hgfedcba";
    std::string order;
    std::vector<int> peers;
    Group group;
    for (char name = 'a'; name <= 'h'; ++name) {
      const auto [own, peer] = socket_pair();
      peers.push_back(peer);
      group.start([&order, name, conn = conn_of(own)]() mutable {
        char byte;
        CHECK(conn.read(&byte, 1).ok());
        order += name;
      });
    }
    until([&] { return netpoll::waiters() == static_cast<int>(peers.size()); });
    poll_here();
    (void)keep_sysmon_from_polling();
    for (const int peer : peers) CHECK(::write(peer, "x", 1) == 1);
    group.join();
    if (order != wanted) check::fail(order + " instead of " + wanted);
    for (const int peer : peers) close(peer);
  });
}

void nonblocking_poll_leaves_the_time() {
  in_run(1, [] {
    ParkedReader reader;
    const StatTotals before = stat_totals();
    const std::int64_t marker = keep_sysmon_from_polling();
    reader.send();
    reader.group.join();  // nothing else can run, and the event is there
    const StatTotals after = stat_totals();
    CHECK_EQUAL(after.polls_nonblocking, before.polls_nonblocking + 1);
    CHECK_EQUAL(after.wakeups_nonblocking, before.wakeups_nonblocking + 1);
    CHECK_EQUAL(after.polls_blocking, before.polls_blocking);
    CHECK_EQUAL(state.last_poll_ns.load(), marker);
  });
}

// Writes a byte each time that the runtime is idle with a worker in the blocking poll and a reader
// has asked for one.
class IdleWriter {
 public:
  IdleWriter() {
    if (pthread_create(&thread_, nullptr, run, this) != 0) check::fail("pthread_create");
  }
  ~IdleWriter() {
    is_over_ = true;
    pthread_join(thread_, nullptr);
  }
  void ask(int peer) { peer_ = peer; }
  std::int64_t sent_at_ns() const { return sent_at_ns_.load(); }

 private:
  static bool is_idle() {
    return state.last_poll_ns.load() == 0 &&
           state.idle_count.load() == static_cast<int>(state.processors.size());
  }
  static void* run(void* self) {
    auto& writer = *static_cast<IdleWriter*>(self);
    while (!writer.is_over_) {
      const int peer = writer.peer_;
      if (peer < 0 || !is_idle()) {
        usleep(50);
        continue;
      }
      writer.peer_ = -1;
      writer.sent_at_ns_ = now_ns();
      (void)!::write(peer, "x", 1);
    }
    return nullptr;
  }

  pthread_t thread_{};
  std::atomic<bool> is_over_{false};
  std::atomic<int> peer_{-1};
  std::atomic<std::int64_t> sent_at_ns_{0};
};

void blocking_poll_sets_the_time() {
  in_run(1, [] {
    const auto [own, peer] = socket_pair();
    Conn conn = conn_of(own);
    IdleWriter writer;
    const std::int64_t marker = keep_sysmon_from_polling();
    writer.ask(peer);
    char byte;
    CHECK(conn.read(&byte, 1).ok());
    const std::int64_t polled_at = state.last_poll_ns.load();
    CHECK(polled_at != marker);
    CHECK(polled_at >= writer.sent_at_ns());
    CHECK(polled_at <= now_ns());
    close(peer);
  });
}

// The worker never runs out of work, so that nobody but sysmon polls.
void sysmons_poll_sets_the_time() {
  in_run(1, [] {
    ParkedReader reader;
    const std::int64_t since = now_ns();
    const StatTotals before = stat_totals();
    // The first one may have asked for the time before this case did.
    while (stat_totals().polls_sysmon < before.polls_sysmon + 2) {
      if (now_ns() - since > kPatienceNs) check::fail("sysmon does not poll");
      yield();
    }
    const StatTotals after = stat_totals();
    CHECK(state.last_poll_ns.load() >= since);
    CHECK(state.last_poll_ns.load() <= now_ns());
    CHECK_EQUAL(after.polls_nonblocking, before.polls_nonblocking);
    CHECK_EQUAL(after.polls_blocking, before.polls_blocking);
    reader.send();
    reader.group.join();
  });
}

// With a worker in it, as far as the others know, nobody else begins a non-blocking poll, however
// often they look for work; afterwards they do.
void nonblocking_poll_is_left_to_one(unsigned workers) {
  in_run(workers, [] {
    ParkedReader reader;
    while (state.polls_now.exchange(true)) sched_yield();
    const StatTotals before = stat_totals();
    for (int i = 0; i < 50; ++i) sleep_ns(50'000);
    const StatTotals held = stat_totals();
    CHECK_EQUAL(held.polls_nonblocking, before.polls_nonblocking);
    CHECK(held.polls_blocking > before.polls_blocking);
    state.polls_now.store(false);
    const std::int64_t patience = now_ns() + kPatienceNs;
    while (stat_totals().polls_nonblocking == held.polls_nonblocking && now_ns() < patience) {
      sleep_ns(50'000);
    }
    CHECK(stat_totals().polls_nonblocking > held.polls_nonblocking);
    reader.send();
    reader.group.join();
  });
}

std::atomic<int> inside{0};
std::atomic<int> most_inside{0};
std::atomic<long> visits{0};

// Only a worker that polls between other work holds a processor meanwhile. It dwells, so that
// another one would meet it there.
void dwell(Point point) {
  const Worker& worker = Worker::current();
  if (point != Point::between_poll_and_dispatch || worker.processor == nullptr) return;
  if (worker.running != nullptr) return;  // a test's own poll_here
  const int now = ++inside;
  int seen = most_inside.load();
  while (seen < now && !most_inside.compare_exchange_weak(seen, now)) {
  }
  ++visits;
  usleep(50);
  --inside;
}

void two_are_never_in_the_nonblocking_poll(unsigned workers) {
  hook = dwell;
  in_run(workers, [] {
    constexpr int kPairs = 32;
    Group group;
    std::atomic<bool> is_over{false};
    for (int i = 0; i < kPairs; ++i) {
      const auto [a, b] = socket_pair();
      for (const int fd : {a, b}) {
        group.start([&is_over, conn = conn_of(fd), first = fd == a]() mutable {
          char byte = 'x';
          if (first) (void)conn.write(&byte, 1);
          while (conn.read(&byte, 1).ok() && !is_over && conn.write(&byte, 1).ok()) {
          }
          (void)conn.close();
        });
      }
    }
    const std::int64_t patience = now_ns() + kPatienceNs;
    while (visits < 1'000 && now_ns() < patience) sleep_ns(200'000);
    is_over = true;
    group.join();
  });
  CHECK(visits >= 1'000);
  CHECK_EQUAL(most_inside.load(), 1);
}

std::atomic<bool> is_armed{false};
// Who polled, and its system calls by then; the reader looks at them once it has its byte.
Worker* poller = nullptr;
std::uint64_t calls_of_poller = 0;

void note_poller(Point point) {
  if (point != Point::between_poll_and_dispatch || !is_armed.exchange(false)) return;
  poller = &Worker::current();
  calls_of_poller = counters().syscalls.read();
}

// An event of an idle server: the worker that slept in the poll runs the reader itself, and wakes
// no other worker for that. Mostly the read is the only system call of this way; sysmon may have
// fallen asleep meanwhile and need to be woken, but not in every round.
void handoff_needs_no_futex(unsigned workers) {
  hook = note_poller;
  in_run(workers, [] {
    const auto [own, peer] = socket_pair();
    Conn conn = conn_of(own);
    poll_here();  // a new descriptor is an event of its own
    IdleWriter writer;
    constexpr int kRounds = 200;
    int clean = 0;
    for (int round = 0; round < kRounds; ++round) {
      const StatTotals before = stat_totals();
      is_armed = true;
      writer.ask(peer);
      char byte;
      CHECK(conn.read(&byte, 1).ok());
      const std::uint64_t calls = counters().syscalls.read() - calls_of_poller;
      const StatTotals after = stat_totals();
      // The machine gave this thread no CPU for a whole slice: the coroutine was another worker's
      // to run then.
      if (after.yields_overdue != before.yields_overdue) continue;
      CHECK(&Worker::current() == poller);
      CHECK_EQUAL(after.wakeups_blocking, before.wakeups_blocking + 1);
      CHECK_EQUAL(after.worker_wakes, before.worker_wakes);
      CHECK_EQUAL(after.workers_started, before.workers_started);
      if (calls == 1) ++clean;
    }
    CHECK(clean > 0);
    close(peer);
  });
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<check::Case> cases = {
      {"the last event's coroutine runs first", last_event_runs_first},
      {"the non-blocking poll leaves the time of the last poll", nonblocking_poll_leaves_the_time},
      {"the blocking poll sets the time of the last poll", blocking_poll_sets_the_time},
      {"sysmon's poll sets the time of the last poll", sysmons_poll_sets_the_time},
  };
  for (const unsigned workers : {2u, 8u}) {
    const std::string suffix = ", workers " + std::to_string(workers);
    cases.push_back({"the non-blocking poll is left to one" + suffix,
                     [workers] { nonblocking_poll_is_left_to_one(workers); }});
    cases.push_back({"two are never in the non-blocking poll" + suffix,
                     [workers] { two_are_never_in_the_nonblocking_poll(workers); }});
  }
  check::add(cases, "the hand-off of an idle server needs no futex", handoff_needs_no_futex);
  return check::run(argc, argv, cases);
}
