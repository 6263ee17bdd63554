// No wake-up is lost, whenever the edge or the deadline comes: in every round one byte arrives at a
// moment that is drawn by lot, and the round ends when the reader has it.
//
//   rounds=<n>     in all (default 40,000; 10,000,000 for the record)
//   tune=<names>   in the build with options: with these
#include "tools.hpp"

namespace {

using namespace tools;

// When the byte of a round comes.
enum Moment : std::uint32_t {
  before_read,
  after_again,         // between EAGAIN and wait; nobody has polled yet
  after_again_polled,  // the same, and the edge is delivered there: T7 into nil, then T2
  after_wait_polled,   // between wait and park: T7 into wait, then T5'
  after_leave_polled,  // between leaving the stack and the commit: the same
  expired_after_wait,  // a deadline passes and is taken back there: T8 into wait, T5', T9; the byte
                       // comes later
  while_parked,        // from another coroutine, on any worker
  kMoments,
};

struct Reader {
  std::atomic<Coroutine*> coroutine{nullptr};
  int peer = -1;
  Conn* conn = nullptr;
  Moment moment = before_read;
  bool is_sent = false;
  Semaphore wants_byte;
  Random random{1};

  void send() {
    is_sent = true;
    if (::write(peer, "x", 1) != 1) check::fail("write to the peer");
  }
};

constexpr unsigned kReaders = 16;
Reader readers[kReaders];

Reader* running_reader() {
  const Coroutine* const running = Worker::current().running;
  if (running == nullptr) return nullptr;
  for (Reader& reader : readers) {
    if (reader.coroutine.load(std::memory_order_relaxed) == running) return &reader;
  }
  return nullptr;
}

void at_point(Point point) {
  Reader* const reader = running_reader();
  if (reader == nullptr || reader->is_sent) return;
  const Moment moment = reader->moment;
  if (point == Point::between_again_and_wait) {
    if (moment == after_again || moment == after_again_polled) reader->send();
    if (moment == after_again_polled) poll_here();
    if (moment == while_parked) {
      reader->is_sent = true;
      reader->wants_byte.release();
    }
  } else if (point == Point::between_wait_and_park) {
    if (moment == after_wait_polled) {
      reader->send();
      poll_here();
    } else if (moment == expired_after_wait) {
      (void)reader->conn->set_read_deadline(1);
      (void)reader->conn->set_read_deadline(0);
      reader->moment = while_parked;
    }
  } else if (point == Point::between_leave_and_commit && moment == after_leave_polled) {
    reader->send();
    poll_here();
  }
}

void read_rounds(Reader& reader, long rounds) {
  reader.coroutine.store(Worker::current().running, std::memory_order_relaxed);
  keep_stack_private();
  for (long round = 0; round < rounds; ++round) {
    reader.is_sent = false;
    reader.moment = static_cast<Moment>(reader.random.below(kMoments));
    if (reader.moment == before_read) reader.send();
    // Now and then with a deadline that may pass: then it is lifted, and the round goes on.
    const bool has_deadline = reader.random.below(64) == 0;
    if (has_deadline) (void)reader.conn->set_read_deadline(now_ns() + reader.random.below(50'000));
    for (;;) {
      char bytes[8];  // more than there are: with skip-read, a short read is what matters
      const Result got = reader.conn->read(bytes, sizeof bytes);
      if (got.ok()) break;
      CHECK(got.status == Status::timeout && has_deadline);
      (void)reader.conn->set_read_deadline(0);
    }
    if (has_deadline) (void)reader.conn->set_read_deadline(0);
    // A deadline may have ended the wait before its moment came; the byte of the round has come
    // anyway.
    CHECK(reader.is_sent);
  }
  reader.coroutine.store(nullptr, std::memory_order_relaxed);
}

void send_late(Reader& reader, const std::atomic<bool>& is_over) {
  for (;;) {
    reader.wants_byte.acquire();
    if (is_over.load()) return;
    if (::write(reader.peer, "x", 1) != 1) check::fail("write to the peer");
  }
}

void no_wakeup_is_lost(unsigned workers) {
  const long rounds = check::argument("rounds", 40'000);
  hook = at_point;
  sweep_without_pause(true);
  in_run(workers, [rounds] {
    Group reading;
    Group sending;
    std::atomic<bool> is_over{false};
    std::vector<Conn> conns;
    conns.reserve(kReaders);
    for (unsigned i = 0; i < kReaders; ++i) {
      const auto [own, peer] = socket_pair();
      conns.push_back(conn_of(own));
      readers[i].peer = peer;
      readers[i].conn = &conns[i];
      readers[i].random.state = 0x9e3779b97f4a7c15u * (i + 1);
      sending.start([&, i] { send_late(readers[i], is_over); });
      reading.start([&, i] { read_rounds(readers[i], rounds / kReaders); });
    }
    sending.start([&] { sweep_until(is_over); });
    reading.join();
    is_over.store(true);
    for (Reader& reader : readers) reader.wants_byte.release();
    sending.join();
  });
  const StatTotals totals = stat_totals();
  CHECK(totals.parks_avoided > 0);
  CHECK(totals.park_races_lost > 0);
  CHECK(totals.edges_remembered > 0);
  CHECK(totals.timeouts_swallowed > 0);
  std::fprintf(
      stderr,
      "# workers %u: rounds %ld, parks %llu, parks avoided %llu, park races lost %llu, "
      "edges remembered %llu, timeouts swallowed %llu, by deadline %llu, in vain %llu, "
      "stacks packed %llu\n",
      workers, rounds, (unsigned long long)totals.parks, (unsigned long long)totals.parks_avoided,
      (unsigned long long)totals.park_races_lost, (unsigned long long)totals.edges_remembered,
      (unsigned long long)totals.timeouts_swallowed, (unsigned long long)totals.wakeups_deadline,
      (unsigned long long)totals.wakeups_in_vain, (unsigned long long)totals.stacks_packed);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<check::Case> cases;
  check::add(cases, "no wake-up is lost", no_wakeup_is_lost, 3600);
  return check::run(argc, argv, cases);
}
