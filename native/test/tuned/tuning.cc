// The options of tuning.hpp: what each does, and the traps that come with it. Those that concern
// the workers are in tuning_workers.cc.
#include <netinet/tcp.h>

#include <cstdint>

#include "core/counters.hpp"
#include "gonet/talk.hpp"
#include "gonet/tuned/descriptor_blocks.hpp"

namespace {

using namespace tools;

// The two ends of a TCP connection on one worker: own was accepted.
struct Ends {
  Listener listener;
  Conn peer;
  Conn own;
};
Ends connected() {
  Listener listener = listen_here();
  Conn peer = dial_there(listener);
  Conn own = accept_one(listener);
  return {std::move(listener), std::move(peer), std::move(own)};
}

int number_of(Conn& conn) {
  int number = -1;
  CHECK(conn.with_number([&](int fd) { number = fd; }).ok());
  return number;
}

void options_have_names() {
  Tuning parsed;
  std::string error;
  CHECK(parse_tuning("fifo,skip-read", parsed, error));
  CHECK(parsed.fifo && parsed.skip_read && !parsed.lean_accept);
  CHECK(tuning_text(parsed) == "skip-read,fifo");
  for (const char* const wrong : {"", "fifo,", "fifo,nonsense", "all,fifo"}) {
    CHECK(!parse_tuning(wrong, parsed, error));
    CHECK(!error.empty() && parsed.fifo);
  }
  CHECK(parse_tuning("none", parsed, error) && tuning_text(parsed) == "none");
  CHECK(parse_tuning("all", parsed, error) && parsed.skip_read && parsed.lean_buffers);
}

void a_request_costs_no_vain_read() {
  tuning.skip_read = true;
  in_run(1, [] {
    Ends ends = connected();
    Group group;
    group.start([&] {
      for (std::string text; (text = receive(ends.own)) != "-";) send(ends.own, text);
    });
    const CounterTotals before = counter_totals();
    for (int i = 0; i < 100; ++i) {
      send(ends.peer, "hello");
      CHECK(receive(ends.peer) == "hello");
    }
    const CounterTotals after = counter_totals();
    // Each side reads once before it has read anything.
    CHECK(after.reads_again - before.reads_again <= 2);
    CHECK_EQUAL(after.reads - before.reads, 200u);
    CHECK(ends.peer.close().ok());
    group.join();
    CHECK(stat_totals().reads_skipped >= 198);
  });
}

void an_edge_after_a_short_read_is_kept() {
  tuning.skip_read = true;
  in_run(1, [] {
    Ends ends = connected();
    send(ends.peer, "one");
    poll_here();
    CHECK(receive(ends.own) == "one");
    // The edge comes, and is delivered, before the next read has begun: the only one there is.
    send(ends.peer, "two");
    poll_here();
    const std::uint64_t parks = stat_totals().parks;
    CHECK(receive(ends.own) == "two");
    CHECK_EQUAL(stat_totals().parks, parks);
  });
}

void the_last_edge_comes_with_data() {
  tuning.skip_read = true;
  in_run(1, [] {
    for (const bool is_delivered : {true, false}) {
      Ends ends = connected();
      send(ends.peer, "last");
      CHECK(ends.peer.close_write().ok());
      if (is_delivered) poll_here();
      CHECK(receive(ends.own) == "last");
      CHECK(receive(ends.own) == "-");
      CHECK(receive(ends.own) == "-");
    }
  });
}

void a_reset_comes_with_data() {
  tuning.skip_read = true;
  in_run(1, [] {
    Ends ends = connected();
    send(ends.own, "unread, so that the close is a reset");
    send(ends.peer, "last");
    CHECK(ends.peer.close().ok());
    poll_here();
    char buffer[100];
    // The kernel may drop the data with the connection; but no read may wait for more.
    Result got = ends.own.read(buffer, sizeof buffer);
    if (got.ok()) got = ends.own.read(buffer, sizeof buffer);
    CHECK(got.status == Status::error || got.status == Status::eof);
  });
}

void a_read_stops_short_of_urgent_data() {
  tuning.skip_read = true;
  in_run(1, [] {
    for (const bool is_delivered : {true, false}) {
      Ends ends = connected();
      const int peer = number_of(ends.peer);
      CHECK(::send(peer, "abc", 3, MSG_OOB) == 3);
      CHECK(::send(peer, "de", 2, 0) == 2);
      if (is_delivered) poll_here();
      CHECK(receive(ends.own) == "ab");
      CHECK(receive(ends.own) == "de");
    }
  });
}

void deadline_and_close_end_a_skipped_read() {
  tuning.skip_read = true;
  in_run(1, [] {
    Ends ends = connected();
    char buffer[10];
    send(ends.peer, "one");
    CHECK(receive(ends.own) == "one");
    (void)ends.own.set_read_deadline(now_ns() + 1'000'000);
    CHECK(ends.own.read(buffer, sizeof buffer).status == Status::timeout);
    send(ends.peer, "two");
    poll_here();
    const std::uint64_t calls = counter_totals().syscalls;
    CHECK(ends.own.read(buffer, sizeof buffer).status == Status::timeout);
    CHECK_EQUAL(counter_totals().syscalls, calls);
    (void)ends.own.set_read_deadline(0);
    CHECK(receive(ends.own) == "two");
    Group group;
    const std::uint64_t parks = stat_totals().parks;
    group.start([&] { CHECK(ends.own.read(buffer, sizeof buffer).status == Status::closed); });
    until([&] { return stat_totals().parks > parks; });
    CHECK(ends.own.close().ok());
    group.join();
  });
}

int option_of(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  CHECK(getsockopt(fd, level, name, &value, &size) == 0);
  return value;
}

void connections_inherit_the_options() {
  tuning.lean_accept = true;
  in_run(1, [] {
    Listener listener = listen_here();
    Conn peer = dial_there(listener);
    const CounterTotals before = counter_totals();
    Conn own = accept_one(listener);
    const CounterTotals after = counter_totals();
    CHECK_EQUAL(after.syscalls - before.syscalls, 2u);  // accept4 and epoll_ctl
    CHECK_EQUAL(after.accepts - before.accepts, 1u);
    CHECK_EQUAL(after.epoll_controls - before.epoll_controls, 1u);
    const int fd = number_of(own);
    CHECK_EQUAL(option_of(fd, IPPROTO_TCP, TCP_NODELAY), 1);
    CHECK_EQUAL(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    CHECK_EQUAL(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), 15);
    CHECK_EQUAL(option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL), 15);
    CHECK_EQUAL(option_of(fd, IPPROTO_TCP, TCP_KEEPCNT), 9);
    const std::uint64_t events = stat_totals().poll_events;
    poll_here();
    CHECK_EQUAL(stat_totals().poll_events, events);  // that there is room for output is no event
  });
}

constexpr std::size_t kManyBytes = 16u << 20;

std::size_t read_some_of(int fd) {
  static char buffer[65536];
  const ssize_t n = ::read(fd, buffer, sizeof buffer);
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}

void a_slow_reader_gets_everything(unsigned workers) {
  tuning.lean_accept = true;
  in_run(workers, [] {
    Ends ends = connected();
    const std::string data(kManyBytes, 'x');
    Group group;
    group.start([&] { CHECK_EQUAL(ends.own.write(data.data(), data.size()).bytes, kManyBytes); });
    until([] { return stat_totals().outputs_watched == 1; });
    std::size_t seen = 0;
    for (char buffer[4096]; seen < kManyBytes;) {
      const Result got = ends.peer.read(buffer, sizeof buffer);
      CHECK(got.ok());
      seen += got.bytes;
      if (seen % 64 == 0) yield();
    }
    group.join();
    CHECK_EQUAL(stat_totals().outputs_watched, 1u);
    // A second wait needs no second time.
    const std::uint64_t parks = stat_totals().parks;
    group.start([&] { CHECK(ends.own.write(data.data(), data.size()).status == Status::closed); });
    until([&] { return stat_totals().parks > parks; });
    CHECK(ends.own.close().ok());
    group.join();
    CHECK_EQUAL(stat_totals().outputs_watched, 1u);
  });
}

int drained_fd = -1;
std::size_t drained_bytes = 0;

// Room comes between the write that found none and the call that asks for events of room:
// nobody reads afterwards, so the event that this call causes is the only one.
void room_before_the_watch_is_seen() {
  tuning.lean_accept = true;
  hook = [](Point point) {
    if (point != Point::between_again_and_watch) return;
    for (std::size_t n; (n = read_some_of(drained_fd)) > 0;) drained_bytes += n;
  };
  in_run(1, [] {
    Ends ends = connected();
    drained_fd = number_of(ends.peer);
    const std::string chunk(65536, 'x');
    // Until one write had to wait: it returns, although the hook read for the last time before.
    while (stat_totals().outputs_watched == 0) send(ends.own, chunk);
    CHECK(drained_bytes > 0);
  });
}

// In which order the coroutines run whose events come in one poll.
std::string order_of_running() {
  std::string order;
  in_run(1, [&order] {
    std::vector<Pair> pairs;
    for (int i = 0; i < 4; ++i) pairs.push_back(pair());
    Group group;
    for (int i = 0; i < 4; ++i) {
      group.start([&, i] {
        (void)receive(pairs[i].a);
        order += static_cast<char>('0' + i);
      });
    }
    until([] { return netpoll::waiters() == 4; });
    // As if a worker polled meanwhile: sysmon must not fetch some of the events before the others.
    scheduler::state.last_poll_ns.store(0);
    for (Pair& each : pairs) send(each.b, "x");
    scheduler::state.last_poll_ns.store(now_ns());
    group.join();
  });
  return order;
}

void events_run_in_their_order() {
  CHECK(order_of_running() == "3210");
  tuning.fifo = true;
  CHECK(order_of_running() == "0123");
}

std::uint64_t events_of_one_poll() {
  std::uint64_t events = 0;
  in_run(1, [&events] {
    scheduler::state.last_poll_ns.store(0);  // as if a worker polled: sysmon stays out of this
    std::vector<Conn> conns;
    std::vector<int> peers;
    for (int i = 0; i < 300; ++i) {
      const auto [own, peer] = socket_pair();
      conns.push_back(conn_of(own));  // which is an event: there is room for output
      peers.push_back(peer);
    }
    const std::uint64_t before = stat_totals().poll_events;
    poll_here();
    events = stat_totals().poll_events - before;
    scheduler::state.last_poll_ns.store(now_ns());
    for (const int peer : peers) close(peer);
  });
  return events;
}

void a_big_batch_is_one_poll() {
  CHECK_EQUAL(events_of_one_poll(), 128u);
  tuning.big_batch = true;
  CHECK_EQUAL(events_of_one_poll(), 300u);
}

std::uintptr_t distance_of_descriptors() {
  PollDesc* const one = descriptor_pool::take();
  PollDesc* const other = descriptor_pool::take();
  return reinterpret_cast<std::uintptr_t>(one) - reinterpret_cast<std::uintptr_t>(other);
}

void descriptors_are_small() {
  tuning.small_descriptors = true;
  CHECK_EQUAL(distance_of_descriptors(), 64u);
}

void descriptors_of_go_are_whole() { CHECK_EQUAL(distance_of_descriptors(), 128u); }

}  // namespace

int main(int argc, char** argv) {
  std::vector<check::Case> cases{
      {"options have names", options_have_names},
      {"skip-read: a request costs no read in vain", a_request_costs_no_vain_read},
      {"skip-read: an edge after a short read is kept", an_edge_after_a_short_read_is_kept},
      {"skip-read: the last edge comes with data", the_last_edge_comes_with_data},
      {"skip-read: a reset comes with data", a_reset_comes_with_data},
      {"skip-read: a read stops short of urgent data", a_read_stops_short_of_urgent_data},
      {"skip-read: deadline and close end a read", deadline_and_close_end_a_skipped_read},
      {"lean-accept: connections inherit the options", connections_inherit_the_options},
      {"lean-accept: room before the watch is seen", room_before_the_watch_is_seen},
      {"fifo: events run in their order", events_run_in_their_order},
      {"big-batch: 300 events are one poll", a_big_batch_is_one_poll},
      {"small-descriptors: 64 bytes each", descriptors_are_small},
      {"without small-descriptors: 128 bytes each", descriptors_of_go_are_whole},
  };
  check::add(cases, "lean-accept: a slow reader gets everything", a_slow_reader_gets_everything);
  return check::run(argc, argv, cases);
}
