// Close: whom it wakes, when it returns, and calls at the same moment.
//
//   rounds=<n>   of the races (default 2,000)
#include <fcntl.h>

#include "tools.hpp"

namespace {

using namespace tools;

void close_wakes_both_and_waits_for_them(unsigned workers) {
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
    const std::uint64_t before = stat_totals().wakeups_close;
    CHECK(conn.close().ok());
    CHECK(fcntl(own, F_GETFD) < 0);  // really closed, though two calls were under way
    group.join();
    CHECK(got.status == Status::closed);
    CHECK(sent.status == Status::closed);
    CHECK_EQUAL(stat_totals().wakeups_close, before + 2);
    close(peer);
  });
}

void use_after_close_makes_no_call() {
  in_run(1, [] {
    Pair ends = pair();
    CHECK(ends.a.close().ok());
    const std::uint64_t before = counters().syscalls.read();
    char byte;
    CHECK(ends.a.close().status == Status::closed);
    CHECK(ends.a.read(&byte, 1).status == Status::closed);
    CHECK(ends.a.write("x", 1).status == Status::closed);
    CHECK(ends.a.close_write().status == Status::closed);
    CHECK(ends.a.set_deadline(now_ns()).status == Status::closed);
    bool is_called = false;
    CHECK(ends.a.with_number([&](int) { is_called = true; }).status == Status::closed);
    CHECK(!is_called);
    CHECK_EQUAL(counters().syscalls.read(), before);
  });
}

// Who waits for its turn, not for readiness, is woken too.
void close_wakes_those_who_wait_for_their_turn(unsigned workers) {
  in_run(workers, [] {
    Pair ends = pair();
    Group group;
    std::atomic<int> closed{0};
    std::atomic<int> started{0};
    for (int i = 0; i < 32; ++i) {
      group.start([&] {
        char byte;
        ++started;
        if (ends.a.read(&byte, 1).status == Status::closed) ++closed;
      });
    }
    until([&] { return started == 32 && netpoll::waiters() == 1; });
    CHECK(ends.a.close().ok());
    group.join();
    CHECK_EQUAL(closed.load(), 32);
  });
}

// Close against read, write, set_deadline and the deadline itself: every call returns, with data,
// timeout or closed.
void close_races_everything(unsigned workers) {
  const long rounds = check::argument("rounds", 2'000);
  in_run(workers, [rounds] {
    Random random{7};
    for (long round = 0; round < rounds; ++round) {
      const auto [own, peer] = socket_pair();
      Conn conn = conn_of(own);
      Group group;
      group.start([conn]() mutable {
        char byte;
        while (conn.read(&byte, 1).status != Status::closed) yield();
      });
      group.start([conn]() mutable {
        char chunk[4096] = {};
        while (conn.write(chunk, sizeof chunk).status != Status::closed) yield();
      });
      group.start([conn, when = random.below(200'000)]() mutable {
        while (conn.set_deadline(now_ns() + when).ok() && conn.set_read_deadline(1).ok() &&
               conn.set_write_deadline(0).ok()) {
          yield();
        }
      });
      group.start([&, peer = peer] {
        (void)!::write(peer, "data", 4);
        char chunk[4096];
        while (::read(peer, chunk, sizeof chunk) > 0) {
        }
      });
      for (std::uint32_t n = random.below(20); n > 0; --n) yield();
      if (random.below(4) == 0) sleep_ns(random.below(100'000));
      CHECK(conn.close().ok());
      group.join();
      close(peer);
    }
  });
}

// Connections of the listener end with a reset when they are closed. Otherwise thousands of ports
// would wait for a minute, and other tests look at the table of sockets.
void leave_no_port_behind(const Listener& listener) {
  const linger at_once{1, 0};
  CHECK(setsockopt(listener.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
}

void close_races_accept(unsigned workers) {
  const long rounds = check::argument("rounds", 2'000) / 4;
  in_run(workers, [rounds] {
    Random random{11};
    for (long round = 0; round < rounds; ++round) {
      Listener listener = listen_here();
      leave_no_port_behind(listener);
      Group group;
      for (int i = 0; i < 3; ++i) {
        group.start([own = listener]() mutable {
          while (own.accept().status != Status::closed) {
          }
        });
      }
      group.start([port = listener.port()] { (void)dial(loopback(port), now_ns() + 5'000'000); });
      for (std::uint32_t n = random.below(8); n > 0; --n) yield();
      CHECK(listener.close().ok());
      group.join();
    }
  });
}

int own_number = -1;
Conn* old_conn = nullptr;
std::optional<Conn> new_conn;

// Between epoll's return and the delivery: the descriptor is closed, and its number and poll
// descriptor are used again.
void reuse(Point point) {
  // Not sysmon's poll: that could not close a connection.
  if (point != Point::between_poll_and_dispatch || Worker::current().running == nullptr) return;
  if (old_conn == nullptr) return;
  Conn* const conn = old_conn;
  old_conn = nullptr;
  CHECK(conn->close().ok());
  const auto [fresh, peer] = socket_pair();
  CHECK_EQUAL(fresh, own_number);
  new_conn.emplace(conn_of(fresh));
  (void)peer;
}

void stale_event_is_dropped() {
  hook = reuse;
  in_run(1, [] {
    const auto [own, peer] = socket_pair();
    Conn conn = conn_of(own);
    poll_here();  // the event of its registration
    CHECK(::write(peer, "x", 1) == 1);
    own_number = own;
    old_conn = &conn;
    const StatTotals before = stat_totals();
    poll_here();
    const StatTotals after = stat_totals();
    CHECK_EQUAL(after.stale_events, before.stale_events + 1);
    CHECK_EQUAL(after.edges_remembered, before.edges_remembered);
    char byte;
    (void)new_conn->set_read_deadline(now_ns() + 1'000'000);
    CHECK(new_conn->read(&byte, 1).status == Status::timeout);
    CHECK_EQUAL(stat_totals().parks_avoided, before.parks_avoided);
    new_conn.reset();
    close(peer);
  });
}

// Numbers are reused all the time, by connections that come and go while events are on their way.
void reuse_under_load(unsigned workers) {
  const long rounds = check::argument("rounds", 2'000);
  in_run(workers, [rounds] {
    Group group;
    for (int i = 0; i < 16; ++i) {
      group.start([rounds] {
        for (long round = 0; round < rounds / 16; ++round) {
          Pair ends = pair();
          Group echo;
          echo.start([&] {
            char byte = 0;
            CHECK(ends.b.read(&byte, 1).ok());
            CHECK(ends.b.write(&byte, 1).ok());
          });
          const char sent = static_cast<char>('a' + round % 26);
          char got = 0;
          CHECK(ends.a.write(&sent, 1).ok());
          CHECK(ends.a.read(&got, 1).ok());
          CHECK_EQUAL(got, sent);
          echo.join();
        }
      });
    }
    group.join();
  });
}

void last_handle_closes() {
  in_run(1, [] {
    const auto [own, peer] = socket_pair();
    {
      Conn first = conn_of(own);
      { const Conn second = first; }
      CHECK(fcntl(own, F_GETFD) >= 0);
    }
    CHECK(fcntl(own, F_GETFD) < 0);
    close(peer);
  });
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<check::Case> cases = {
      {"use after close fails without a system call", use_after_close_makes_no_call},
      {"an event of an earlier use of the descriptor is dropped", stale_event_is_dropped},
      {"the last handle closes", last_handle_closes},
  };
  check::add(cases, "close wakes reader and writer, and waits for them",
             close_wakes_both_and_waits_for_them);
  check::add(cases, "close wakes those who wait for their turn",
             close_wakes_those_who_wait_for_their_turn);
  check::add(cases, "close races read, write and deadline", close_races_everything, 3600);
  check::add(cases, "close races accept", close_races_accept, 3600);
  check::add(cases, "descriptors are reused under load", reuse_under_load, 3600);
  return check::run(argc, argv, cases);
}
