// How calls of Conn and Listener behave: results, order, and how many system calls they make.
#include <fcntl.h>
#include <sys/resource.h>

#include <string>

#include "tools.hpp"

namespace {

using namespace tools;

std::uint64_t calls() { return counters().syscalls.read(); }

void reads_nothing_into_nothing() {
  in_run(1, [] {
    Pair ends = pair();
    const std::uint64_t before = calls();
    const Result got = ends.a.read(nullptr, 0);
    CHECK_EQUAL(calls(), before);
    CHECK(got.ok());
    CHECK_EQUAL(got.bytes, 0u);
  });
}

void short_read_returns_at_once() {
  in_run(1, [] {
    Pair ends = pair();
    CHECK(ends.b.write("abc", 3).ok());
    char buffer[64];
    const std::uint64_t before = calls();
    CHECK_EQUAL(ends.a.read(buffer, sizeof buffer).bytes, 3u);
    CHECK_EQUAL(calls(), before + 1);
    (void)ends.b.close();
    CHECK(ends.a.read(buffer, sizeof buffer).status == Status::eof);
  });
}

// A read that waits is two calls, and the descriptor is never modified: one ADD, one DEL.
void waiting_read_is_two_reads(unsigned workers) {
  in_run(workers, [] {
    const CounterTotals before = counter_totals();
    {
      Pair ends = pair();
      Group group;
      char byte = 0;
      group.start([&] { CHECK(ends.a.read(&byte, 1).ok()); });
      until([] { return netpoll::waiters() == 1; });
      CHECK(ends.b.write("x", 1).ok());
      group.join();
    }
    const CounterTotals after = counter_totals();
    CHECK_EQUAL(after.reads - before.reads, 1u);
    CHECK_EQUAL(after.reads_again - before.reads_again, 1u);
    // The first run also adds the eventfd.
    CHECK_EQUAL(after.epoll_controls - before.epoll_controls, 4u + 1u);
  });
}

void fill(int fd) {
  char chunk[4096] = {};
  while (::write(fd, chunk, sizeof chunk) > 0) {
  }
}

void drain(int fd) {
  char chunk[4096];
  while (::read(fd, chunk, sizeof chunk) > 0) {
  }
}

// A short write is followed by another one at once, then by the park; what arrives is in order.
void short_write_tries_again_before_it_parks() {
  in_run(1, [] {
    const auto [own, peer] = socket_pair();
    Conn conn = conn_of(own);
    const std::string data(4 << 20, 'd');
    const CounterTotals before = counter_totals();
    Group group;
    Result sent;
    group.start([&] { sent = conn.write(data.data(), data.size()); });
    until([] { return netpoll::waiters() == 1; });
    const CounterTotals after = counter_totals();
    CHECK(after.writes - before.writes >= 1);
    CHECK_EQUAL(after.writes_again - before.writes_again, 1u);
    while (sent.bytes == 0) {
      drain(peer);
      sleep_ns(100'000);
    }
    group.join();
    CHECK(sent.ok());
    CHECK_EQUAL(sent.bytes, data.size());
    close(peer);
  });
}

void writes_do_not_interleave(unsigned workers) {
  in_run(workers, [] {
    Pair ends = pair();
    const std::size_t kBytes = 1 << 20;
    Group group;
    for (const char letter : {'a', 'b'}) {
      group.start([&ends, letter, kBytes] {
        const std::string data(kBytes, letter);
        CHECK_EQUAL(ends.a.write(data.data(), data.size()).bytes, kBytes);
      });
    }
    std::string seen(2 * kBytes, ' ');
    for (std::size_t n = 0; n < seen.size();) {
      const Result got = ends.b.read(seen.data() + n, seen.size() - n);
      CHECK(got.ok());
      n += got.bytes;
    }
    group.join();
    const char first = seen[0];
    const char second = first == 'a' ? 'b' : 'a';
    CHECK(seen == std::string(kBytes, first) + std::string(kBytes, second));
  });
}

void reset_during_write_is_an_error() {
  in_run(1, [] {
    Listener listener = listen_here();
    Conn client = dial_there(listener);
    Conn server = accept_one(listener);
    Group group;
    Result sent;
    group.start([&] {
      const std::string data(16 << 20, 'd');
      sent = server.write(data.data(), data.size());
      if (sent.ok()) sent = server.write("x", 1);
    });
    until([] { return netpoll::waiters() == 1; });
    (void)client.with_number([](int fd) {
      const linger hard{1, 0};
      CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard) == 0);
    });
    (void)client.close();
    group.join();
    CHECK(sent.status == Status::error);
    CHECK(sent.error == ECONNRESET || sent.error == EPIPE);
    (void)listener.close();
  });
}

// Input wakes the reader and leaves the writer; room wakes the writer and leaves the reader.
void reader_and_writer_wait_independently(unsigned workers) {
  in_run(workers, [] {
    const auto [own, peer] = socket_pair();
    Conn conn = conn_of(own);
    fill(own);
    Group reading;
    Group writing;
    std::atomic<bool> has_read{false};
    std::atomic<bool> has_written{false};
    reading.start([&] {
      char byte;
      CHECK(conn.read(&byte, 1).ok());
      has_read = true;
    });
    writing.start([&] {
      CHECK(conn.write("w", 1).ok());
      has_written = true;
    });
    until([] { return netpoll::waiters() == 2; });
    CHECK(::write(peer, "r", 1) == 1);
    reading.join();
    CHECK(!has_written);
    CHECK_EQUAL(netpoll::waiters(), 1);
    drain(peer);
    writing.join();
    close(peer);
  });
}

// Many coroutines in Accept: each connection goes to one of them, and only one of them is in the
// poll descriptor.
void accepts_share_a_listener(unsigned workers) {
  in_run(workers, [] {
    Listener listener = listen_here();
    constexpr int kAcceptors = 16;
    constexpr int kConnections = 200;
    std::atomic<int> accepted{0};
    std::atomic<int> closed{0};
    Group group;
    for (int i = 0; i < kAcceptors; ++i) {
      group.start([&, own = listener]() mutable {
        for (;;) {
          Opened opened = own.accept();
          if (opened.status == Status::closed) {
            ++closed;
            return;
          }
          CHECK(opened.conn.has_value());
          ++accepted;
        }
      });
    }
    until([] { return netpoll::waiters() == 1; });
    for (int i = 0; i < kConnections; ++i) (void)dial_there(listener);
    until([&] { return accepted == kConnections; });
    CHECK(listener.close().ok());
    group.join();
    CHECK_EQUAL(closed.load(), kAcceptors);
    CHECK(listener.accept().status == Status::closed);
  });
}

void listener_survives_want_of_descriptors() {
  in_run(1, [] {
    Listener listener = listen_here();
    Conn first = dial_there(listener);
    Conn accepted = accept_one(listener);
    Conn second = dial_there(listener);
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    const int lowest = dup(0);
    close(lowest);
    const rlimit none{static_cast<rlim_t>(lowest), limit.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    const Opened refused = listener.accept();
    CHECK(refused.status == Status::error);
    CHECK_EQUAL(refused.error, EMFILE);
    setrlimit(RLIMIT_NOFILE, &limit);
    CHECK(listener.accept().conn.has_value());
    (void)listener.close();
  });
}

// A hang-up wakes both sides; the end of the peer's sending side wakes the reader alone.
void hang_ups_wake_the_right_sides() {
  in_run(1, [] {
    {
      const auto [own, peer] = socket_pair();
      Conn conn = conn_of(own);
      fill(own);
      Group reading;
      Group writing;
      Result got;
      Result sent;
      reading.start([&] {
        char byte;
        got = conn.read(&byte, 1);
      });
      writing.start([&] { sent = conn.write("w", 1); });
      until([] { return netpoll::waiters() == 2; });
      shutdown(peer, SHUT_WR);
      reading.join();
      CHECK(got.status == Status::eof);
      CHECK_EQUAL(netpoll::waiters(), 1);
      close(peer);
      writing.join();
      CHECK(sent.status == Status::error);
    }
  });
}

// An edge that nobody waited for costs at most one more EAGAIN later.
void old_edge_costs_one_eagain() {
  in_run(1, [] {
    Pair ends = pair();
    CHECK(ends.b.write("x", 1).ok());
    poll_here();  // remembered as ready
    char byte;
    CHECK(ends.a.read(&byte, 1).ok());  // prepare has forgotten it
    const std::uint64_t again = counters().reads_again.read();
    Group group;
    group.start([&] { CHECK(ends.a.read(&byte, 1).ok()); });
    until([] { return netpoll::waiters() == 1; });
    CHECK_EQUAL(counters().reads_again.read(), again + 1);
    CHECK(ends.b.write("y", 1).ok());
    group.join();
    CHECK_EQUAL(counters().reads_again.read(), again + 1);
  });
}

std::atomic<int> to_rob{-1};

void rob(Point point) {
  if (point != Point::between_poll_and_dispatch) return;
  const int fd = to_rob.exchange(-1);
  char stolen;
  if (fd >= 0) CHECK(::read(fd, &stolen, 1) == 1);
}

// An edge whose data somebody else has taken before it was delivered: the wake-up is in vain, and
// nothing else.
void edge_without_data_is_in_vain() {
  hook = rob;
  in_run(1, [] {
    const auto [own, peer] = socket_pair();
    Conn conn = conn_of(own);
    Group group;
    char byte = 0;
    group.start([&] { CHECK(conn.read(&byte, 1).ok()); });
    until([] { return netpoll::waiters() == 1; });
    to_rob = own;  // of the poll that delivers the event: this one, or sysmon's
    CHECK(::write(peer, "1", 1) == 1);
    poll_here();
    until([] { return stat_totals().wakeups_in_vain == 1 && netpoll::waiters() == 1; });
    CHECK(::write(peer, "2", 1) == 1);
    group.join();
    CHECK_EQUAL(byte, '2');
    close(peer);
  });
}

void dial_tells_why_not() {
  in_run(1, [] {
    Listener listener = listen_here();
    const std::uint16_t port = listener.port();
    (void)listener.close();
    const Opened refused = dial(loopback(port));
    CHECK(refused.status == Status::error);
    CHECK_EQUAL(refused.error, ECONNREFUSED);
  });
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<check::Case> cases = {
      {"a read of size 0 makes no system call", reads_nothing_into_nothing},
      {"a short read returns at once, the end of file is reported", short_read_returns_at_once},
      {"a short write tries again before it parks", short_write_tries_again_before_it_parks},
      {"a reset during a write is an error, not a signal", reset_during_write_is_an_error},
      {"a listener survives the want of descriptors", listener_survives_want_of_descriptors},
      {"hang-ups wake the right sides", hang_ups_wake_the_right_sides},
      {"an old edge costs at most one more EAGAIN", old_edge_costs_one_eagain},
      {"an edge without data is a wake-up in vain", edge_without_data_is_in_vain},
      {"dial tells why not", dial_tells_why_not},
  };
  check::add(cases, "a read that waits is two reads, one ADD and one DEL",
             waiting_read_is_two_reads);
  check::add(cases, "writes do not interleave", writes_do_not_interleave);
  check::add(cases, "reader and writer wait independently", reader_and_writer_wait_independently);
  check::add(cases, "accepts share a listener", accepts_share_a_listener);
  return check::run(argc, argv, cases);
}
