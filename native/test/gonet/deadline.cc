// Deadlines: what they end, what they leave alone, and what a late one must not do.
#include <string>

#include "tools.hpp"

namespace {

using namespace tools;

constexpr std::int64_t kPast = 1;
std::int64_t in_ms(std::int64_t ms) { return now_ns() + ms * 1'000'000; }

// Even a call that would have data fails without a system call, until the deadline is lifted.
void past_deadline_fails_without_a_call() {
  in_run(1, [] {
    Pair ends = pair();
    CHECK(ends.b.write("x", 1).ok());
    char byte;
    for (const bool lift_with_zero : {true, false}) {
      (void)ends.a.set_deadline(kPast);
      const std::uint64_t before = counters().syscalls.read();
      CHECK(ends.a.read(&byte, 1).status == Status::timeout);
      CHECK(ends.a.write("y", 1).status == Status::timeout);
      CHECK_EQUAL(counters().syscalls.read(), before);
      (void)ends.a.set_deadline(lift_with_zero ? 0 : in_ms(3'600'000));
      CHECK(ends.a.read(&byte, 1).ok());
      CHECK(ends.a.write("y", 1).ok());
      CHECK(ends.b.write("x", 1).ok());
    }
  });
}

void past_deadline_ends_a_wait(unsigned workers) {
  in_run(workers, [] {
    Pair ends = pair();
    Group group;
    Result got;
    group.start([&] {
      char byte;
      got = ends.a.read(&byte, 1);
    });
    until([] { return netpoll::waiters() == 1; });
    (void)ends.a.set_read_deadline(kPast);
    group.join();
    CHECK(got.status == Status::timeout);
  });
}

void deadline_passes_in_time(unsigned workers) {
  in_run(workers, [] {
    Pair ends = pair();
    for (const std::int64_t ms : {0, 1, 5, 20}) {
      const std::int64_t when = in_ms(ms);
      (void)ends.a.set_deadline(when);
      char byte;
      CHECK(ends.a.read(&byte, 1).status == Status::timeout);
      CHECK(now_ns() >= when);
      (void)ends.a.set_deadline(0);
    }
  });
}

void directions_have_their_own() {
  in_run(1, [] {
    Pair ends = pair();
    char byte;
    (void)ends.a.set_read_deadline(kPast);
    CHECK(ends.a.read(&byte, 1).status == Status::timeout);
    CHECK(ends.a.write("x", 1).ok());
    (void)ends.a.set_read_deadline(0);
    (void)ends.a.set_write_deadline(kPast);
    CHECK(ends.a.write("x", 1).status == Status::timeout);
    CHECK(ends.b.write("x", 1).ok());
    CHECK(ends.a.read(&byte, 1).ok());
  });
}

void same_deadline_is_one_timer() {
  in_run(1, [] {
    Pair ends = pair();
    const std::uint64_t before = stat_totals().timers_armed;
    (void)ends.a.set_deadline(in_ms(3'600'000));
    CHECK_EQUAL(stat_totals().timers_armed, before + 1);
    (void)ends.a.set_write_deadline(in_ms(7'200'000));
    CHECK_EQUAL(stat_totals().timers_armed, before + 2);
  });
}

// One timer for both ends both waits.
void same_deadline_ends_both_waits(unsigned workers) {
  in_run(workers, [] {
    const auto [own, peer] = socket_pair();
    Conn conn = conn_of(own);
    char chunk[4096] = {};
    while (::write(own, chunk, sizeof chunk) > 0) {
    }
    Group group;
    Result got;
    Result sent;
    group.start([&] { got = conn.read(chunk, 1); });
    group.start([&] { sent = conn.write("x", 1); });
    until([] { return netpoll::waiters() == 2; });
    (void)conn.set_deadline(in_ms(2));
    group.join();
    CHECK(got.status == Status::timeout);
    CHECK(sent.status == Status::timeout);
    close(peer);
  });
}

std::atomic<Conn*> to_extend{nullptr};

void extend(Point point) {
  if (point != Point::between_deadline_and_unblock) return;
  Conn* const conn = to_extend.exchange(nullptr);
  if (conn != nullptr) (void)conn->set_read_deadline(in_ms(3'600'000));
}

// The timer has been taken off its heap when the deadline is changed: it must find that it is late.
void late_timer_is_ignored(unsigned workers) {
  hook = extend;
  in_run(workers, [] {
    Pair ends = pair();
    Group group;
    Result got;
    group.start([&] {
      char byte;
      got = ends.a.read(&byte, 1);
    });
    until([] { return netpoll::waiters() == 1; });
    to_extend = &ends.a;
    (void)ends.a.set_read_deadline(in_ms(1));
    until([] { return stat_totals().deadlines_stale == 1; });
    CHECK_EQUAL(netpoll::waiters(), 1);
    CHECK(ends.b.write("x", 1).ok());
    group.join();
    CHECK(got.ok());
  });
}

void partial_write_and_timeout() {
  in_run(1, [] {
    Pair ends = pair();
    const std::string data(16 << 20, 'd');
    (void)ends.a.set_write_deadline(in_ms(5));
    const Result sent = ends.a.write(data.data(), data.size());
    CHECK(sent.status == Status::timeout);
    CHECK(sent.bytes > 0 && sent.bytes < data.size());
  });
}

void deadlines_can_be_moved(unsigned workers) {
  in_run(workers, [] {
    Group group;
    for (int i = 0; i < 8; ++i) {
      group.start([i] {
        Pair ends = pair();
        Random random{static_cast<std::uint64_t>(i) + 1};
        char byte;
        for (int round = 0; round < 500; ++round) {
          for (std::uint32_t n = random.below(4); n > 0; --n) {
            (void)ends.a.set_read_deadline(now_ns() + 1 + random.below(10'000'000));
          }
          (void)ends.a.set_read_deadline(now_ns() + random.below(20'000));
          CHECK(ends.a.read(&byte, 1).status == Status::timeout);
        }
      });
    }
    group.join();
  });
}

struct Alarm {
  Timer timer;
  std::int64_t when = 0;
  bool is_armed = false;
};
std::vector<std::int64_t> fired;

void on_alarm(void* alarm, std::uint32_t) {
  static_cast<Alarm*>(alarm)->is_armed = false;
  fired.push_back(static_cast<Alarm*>(alarm)->when);
}

// Armed, moved and disarmed at random in one go; those that are left fire in the order of their
// times.
void timers_fire_in_order() {
  in_run(1, [] {
    Random random{3};
    std::vector<Alarm> alarms(2'000);
    std::size_t armed = 0;
    for (int i = 0; i < 20'000; ++i) {
      Alarm& alarm = alarms[random.below(2'000)];
      armed -= alarm.is_armed ? 1 : 0;
      alarm.is_armed = random.below(3) > 0;
      armed += alarm.is_armed ? 1 : 0;
      alarm.when = now_ns() + random.below(20'000'000);
      if (alarm.is_armed) {
        alarm.timer.arm({alarm.when, on_alarm, &alarm, 0});
      } else {
        alarm.timer.disarm();
      }
    }
    until([&] { return fired.size() >= armed; });
    CHECK_EQUAL(fired.size(), armed);
    for (std::size_t i = 1; i < fired.size(); ++i) CHECK(fired[i - 1] <= fired[i]);
  });
}

void sleeps_last_long_enough(unsigned workers) {
  in_run(workers, [] {
    Group group;
    for (const std::int64_t us : {1, 100, 999, 1'000, 1'001, 2'500, 10'000}) {
      group.start([us] {
        const std::int64_t start = now_ns();
        sleep_ns(us * 1'000);
        CHECK(now_ns() - start >= us * 1'000);
      });
    }
    group.join();
  });
}

// An earlier deadline interrupts the worker that waits in epoll for longer, once.
void earlier_timer_interrupts_the_poll() {
  in_run(2, [] {
    Pair ends = pair();
    Group group;
    group.start([&] {
      char byte;
      (void)ends.a.read(&byte, 1);
    });
    // One worker computes; the other one comes to block in epoll. It may be asleep, because it
    // found nobody waiting yet: then the first deadline wakes it, and a later one interrupts it.
    const std::uint64_t before = stat_totals().breaks;
    const std::int64_t patience = in_ms(50'000);
    std::int64_t wait_ms = 3'600'000;
    while (stat_totals().breaks == before) {
      if (now_ns() > patience) check::fail("the blocking poll was never interrupted");
      const bool is_polling = scheduler::state.last_poll_ns.load() == 0;
      if (is_polling) wait_ms -= 1'000;  // earlier than what the poller waits for
      (void)ends.a.set_read_deadline(in_ms(wait_ms));
      yield();
    }
    (void)ends.a.set_read_deadline(kPast);
    group.join();
  });
}

// A poll that does not wait must leave the interruption to the one for which it is meant.
void nonblocking_poll_leaves_the_break() {
  in_run(1, [] {
    netpoll::start();
    const std::uint64_t before = stat_totals().breaks;
    netpoll::interrupt();
    netpoll::interrupt();
    CHECK_EQUAL(stat_totals().breaks, before + 1);
    poll_here();
    netpoll::interrupt();
    CHECK_EQUAL(stat_totals().breaks, before + 1);
    (void)netpoll::poll(1);
    netpoll::interrupt();
    CHECK_EQUAL(stat_totals().breaks, before + 2);
  });
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<check::Case> cases = {
      {"a past deadline fails without a system call", past_deadline_fails_without_a_call},
      {"each direction has its own deadline", directions_have_their_own},
      {"the same deadline for both is one timer", same_deadline_is_one_timer},
      {"a partial write returns its bytes and the timeout", partial_write_and_timeout},
      {"timers fire in order", timers_fire_in_order},
      {"an earlier timer interrupts the blocking poll", earlier_timer_interrupts_the_poll},
      {"a poll that does not wait leaves the interruption", nonblocking_poll_leaves_the_break},
  };
  check::add(cases, "sleeps last long enough", sleeps_last_long_enough);
  check::add(cases, "a past deadline ends a wait", past_deadline_ends_a_wait);
  check::add(cases, "a deadline passes in time, not before", deadline_passes_in_time);
  check::add(cases, "the same deadline ends both waits", same_deadline_ends_both_waits);
  check::add(cases, "a late timer is ignored", late_timer_is_ignored);
  check::add(cases, "deadlines can be moved", deadlines_can_be_moved);
  return check::run(argc, argv, cases);
}
