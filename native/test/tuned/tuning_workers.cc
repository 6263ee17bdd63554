// The options of tuning.hpp that change who runs what where, with 1, 2 and 8 workers, and when.
#include <sys/epoll.h>
#include <sys/syscall.h>

#include <algorithm>

#include "gonet/talk.hpp"

namespace {

using namespace tools;

// Somebody outside who echoes what the run sends, until the end.
struct Echo {
  int fd;
  pthread_t thread{};

  void start() { CHECK(pthread_create(&thread, nullptr, run_on, this) == 0); }
  static void* run_on(void* self) {
    const int fd = static_cast<Echo*>(self)->fd;
    (void)fcntl(fd, F_SETFL, 0);  // blocking
    char buffer[100];
    for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;) {
      usleep(100);  // so that nearly every answer is waited for
      if (::write(fd, buffer, static_cast<std::size_t>(n)) != n) break;
    }
    close(fd);
    return nullptr;
  }
};

void burn_ns(std::int64_t ns) {
  for (const std::int64_t end = now_ns() + ns; now_ns() < end;) {
  }
}

// Coroutines that never stop to yield, and one that talks to somebody outside. Neither starves.
void saturated(unsigned workers, int rounds) {
  in_run(workers, [workers, rounds] {
    const auto [own, peer] = socket_pair();
    Conn conn = conn_of(own);
    Echo echo{peer};
    echo.start();
    std::atomic<bool> is_over{false};
    std::vector<std::atomic<int>> slices(8 * workers);
    Group group;
    for (std::atomic<int>& each : slices) {
      group.start([&] {
        while (!is_over.load()) {
          burn_ns(50'000);
          each.fetch_add(1);
          yield();
        }
      });
    }
    for (int i = 0; i < rounds; ++i) {
      send(conn, "x");
      CHECK(receive(conn) == "x");
    }
    is_over.store(true);
    // Each answer was waited for during one slice at least: every coroutine has had some.
    for (const std::atomic<int>& each : slices) CHECK(each.load() > 0);
    group.join();
    CHECK(conn.close().ok());
    pthread_join(echo.thread, nullptr);
  });
}

void a_busy_worker_polls(unsigned workers) {
  tuning.cadence_poll = true;
  saturated(workers, 200);
  const StatTotals totals = stat_totals();
  CHECK(totals.polls_cadence > 0);
  CHECK(totals.wakeups_cadence > totals.wakeups_sysmon);
  CHECK(totals.wakeups_cadence >= 50);
}

// Deadlines that are used again by another descriptor, while timers of the one before are under
// way.
void deadlines_change_hands(unsigned workers) {
  tuning.small_descriptors = true;
  in_run(workers, [] {
    Group group;
    for (unsigned i = 0; i < 8; ++i) {
      group.start([i] {
        Random random{i + 1};
        for (int round = 0; round < 500; ++round) {
          Pair ends = pair();
          char byte;
          (void)ends.a.set_read_deadline(now_ns() + 1 + random.below(20'000));
          if (random.below(2) == 0) {
            CHECK(ends.a.read(&byte, 1).status == Status::timeout);
            (void)ends.a.set_read_deadline(0);
          }
          if (random.below(2) == 0) yield();
          // Without a deadline only the byte may end this wait: the block of deadlines may belong
          // to an earlier descriptor.
          send(ends.a, "x");
          CHECK(ends.b.read(&byte, 1).ok());
        }
      });
    }
    group.join();
  });
}

void who_waits_holds_no_buffer(unsigned workers) {
  tuning.lean_buffers = true;
  in_run(workers, [] {
    Pair ends = pair();
    PooledBuffer buffer;
    Group group;
    group.start([&] {
      for (int round = 0; round < 100; ++round) {
        const Result got = ends.a.fd().read_pooled(buffer);
        CHECK(got.ok() && buffer.is_held());
        CHECK(std::string_view(buffer.data(), got.bytes) == "hello");
        send(ends.a, "!");
      }
      CHECK(ends.a.fd().read_pooled(buffer).status == Status::eof);
    });
    for (int round = 0; round < 100; ++round) {
      until([] { return netpoll::waiters() == 1; });
      if (one_processor) CHECK(!buffer.is_held());  // with more, another worker may have it by now
      send(ends.b, "hello");
      CHECK(receive(ends.b) == "!");
    }
    CHECK(ends.b.close().ok());
    group.join();
  });
}

std::int64_t shortest_sleep_ns(int tries) {
  std::int64_t shortest = INT64_MAX;
  in_run(1, [&] {
    for (int i = 0; i < tries && shortest >= 1'000'000; ++i) {
      const std::int64_t before = now_ns();
      sleep_ns(200'000);
      shortest = std::min(shortest, now_ns() - before);
    }
  });
  return shortest;
}

void sleeps_are_shorter_than_a_millisecond() {
  epoll_event event;
  if (syscall(SYS_epoll_pwait2, -1, &event, 1, nullptr, nullptr, 0) != 0 && errno == ENOSYS) {
    check::skip("the kernel has no epoll_pwait2");
  }
  tuning.fine_timers = true;
  const std::int64_t shortest = shortest_sleep_ns(2000);
  CHECK(shortest >= 200'000);
  CHECK(shortest < 1'000'000);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<check::Case> cases{
      {"fine-timers: sleeps of less than a millisecond", sleeps_are_shorter_than_a_millisecond},
  };
  check::add(cases, "cadence-poll: a busy worker polls", a_busy_worker_polls);
  check::add(cases, "small-descriptors: deadlines change hands", deadlines_change_hands);
  check::add(cases, "lean-buffers: who waits holds none", who_waits_holds_no_buffer);
  return check::run(argc, argv, cases);
}
