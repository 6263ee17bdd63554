// lean-stacks: packed stacks come back as they were, whatever ends the wait.
//
//   rounds=<n>   of the races, in all (default 4,000)
#include <sys/mman.h>

#include "gonet/talk.hpp"

namespace {

using namespace tools;

void prepare() {
  if (!kStacksCanBePacked) check::skip("stacks are not packed in a build for this sanitizer");
  tuning.lean_stacks = true;
  sweep_without_pause(true);
}

std::uint64_t packed() { return stat_totals().stacks_packed; }

// Something of every kind that a frame may hold, with pointers among it.
struct Frame {
  explicit Frame(const Frame* below, std::uint64_t number) : below_(below), self_(this) {
    for (std::uint64_t i = 0; i < kWords; ++i) words_[i] = number + i;
    middle_ = words_ + kWords / 2;
  }
  void check(std::uint64_t number) const {
    CHECK(self_ == this && middle_ == words_ + kWords / 2);
    CHECK_EQUAL(reinterpret_cast<std::uintptr_t>(this) % 64, 0u);
    for (std::uint64_t i = 0; i < kWords; ++i) CHECK_EQUAL(words_[i], number + i);
    if (below_ != nullptr) below_->check(number - 1);
  }

 private:
  static constexpr std::uint64_t kWords = 8;

  const Frame* below_;
  const Frame* self_;
  const std::uint64_t* middle_;
  alignas(64) std::uint64_t words_[kWords];
};

// Reads below a few frames, and looks at all of them afterwards.
[[gnu::noinline]] Result read_below(Conn& conn, const Frame* below, std::uint64_t number,
                                    int depth) {
  const Frame frame(below, number);
  char bytes[8];
  const Result got =
      depth == 0 ? conn.read(bytes, sizeof bytes) : read_below(conn, &frame, number + 1, depth - 1);
  frame.check(number);
  return got;
}

bool is_resident(const char* page) {
  unsigned char state = 0;
  CHECK(mincore(const_cast<char*>(page), 1, &state) == 0);
  return (state & 1) != 0;
}

void variables_survive(unsigned workers) {
  prepare();
  in_run(workers, [] {
    Pair ends = pair();
    std::atomic<Coroutine*> reader{nullptr};
    Group group;
    group.start([&] {
      reader.store(Worker::current().running);
      keep_stack_private();
      for (std::uint64_t round = 0; round < 3; ++round) {
        CHECK(read_below(ends.a, nullptr, 1000 * round, 3).ok());
      }
    });
    for (std::uint64_t round = 0; round < 3; ++round) {
      until([&] { return packed() == round + 1; });
      CHECK(is_packed(*reader.load()));
      CHECK(!is_resident(reader.load()->stack.top - 4096));
      send(ends.b, "x");
    }
    group.join();
    CHECK_EQUAL(stat_totals().stacks_packed, 3u);
    CHECK_EQUAL(stat_totals().stacks_unpacked, 3u);
  });
}

[[gnu::noinline]] void read_deep(Conn& conn) {
  volatile char bytes[kMaxPackedBytes];
  bytes[0] = 'x';
  char byte;
  CHECK(conn.read(&byte, 1).ok());
  CHECK(bytes[0] == 'x');
}

// A coroutine that has promised nothing, or uses much of its stack, is asked in the same sweep as
// the one that packs.
void others_stay_in_place() {
  prepare();
  in_run(1, [] {
    Pair ends[3] = {pair(), pair(), pair()};
    Coroutine* readers[3] = {};
    Group group;
    for (int i = 0; i < 3; ++i) {
      group.start([&, i] {
        readers[i] = Worker::current().running;
        if (i != 0) keep_stack_private();
        char byte;
        i == 1 ? read_deep(ends[i].a) : (void)ends[i].a.read(&byte, 1);
      });
    }
    until([] { return packed() == 1; });
    // Their second waits, one by one: the sweeps that pack the third have met the others too.
    for (std::uint64_t round = 2; round < 4; ++round) {
      send(ends[2].b, "x");
      group.start([&] {
        keep_stack_private();
        char byte;
        (void)ends[2].a.read(&byte, 1);
      });
      until([&] { return packed() == round; });
    }
    CHECK(!is_packed(*readers[0]) && !is_packed(*readers[1]));
    for (Pair& each : ends) send(each.b, "x");
    group.join();
  });
}

// What comes between a packed stack and its commit, or soon after.
enum Moment : std::uint32_t {
  edge_before_commit,      // T7 into wait: T5'
  deadline_before_commit,  // T8 into wait: T5', T9; packs once more, and the byte comes then
  edge_after_commit,       // from another coroutine, on any worker
  edge_at_once,            // the byte does not wait for the stack to be packed
  deadline,                // passes some time, and is lifted; the byte comes once it is packed
  kMoments,
};

struct Reader {
  std::atomic<Coroutine*> coroutine{nullptr};
  int peer = -1;
  Conn* conn = nullptr;
  std::atomic<Moment> moment{edge_at_once};
  std::atomic<bool> is_sent{false};
  Semaphore wants_byte;
  Random random{1};

  void send() {
    if (!is_sent.exchange(true) && ::write(peer, "x", 1) != 1) check::fail("write to the peer");
  }
};

constexpr unsigned kReaders = 16;
Reader readers[kReaders];
std::atomic<std::uint64_t> lost{0};  // commits, to a deadline

void at_point(Point point) {
  if (point != Point::between_leave_and_commit) return;
  const Coroutine* const running = Worker::current().running;
  if (!is_packed(*running)) return;
  for (Reader& reader : readers) {
    if (reader.coroutine.load() != running) continue;
    const Moment moment = reader.moment.load();
    if (moment == edge_before_commit) {
      reader.send();
      poll_here();
    } else if (moment == deadline_before_commit) {
      (void)reader.conn->set_read_deadline(1);
      (void)reader.conn->set_read_deadline(0);
      reader.moment.store(edge_after_commit);
      ++lost;
    } else {
      reader.wants_byte.release();
    }
  }
}

void read_rounds(Reader& reader, long rounds) {
  keep_stack_private();
  reader.coroutine.store(Worker::current().running);
  for (long round = 0; round < rounds; ++round) {
    const auto moment = static_cast<Moment>(reader.random.below(kMoments));
    reader.is_sent.store(false);
    reader.moment.store(moment);
    if (moment == edge_at_once) reader.send();
    if (moment == deadline) {
      (void)reader.conn->set_read_deadline(now_ns() + reader.random.below(2'000'000));
    }
    for (;;) {
      const Result got =
          read_below(*reader.conn, nullptr, static_cast<std::uint64_t>(round), round % 3);
      if (got.ok()) break;
      CHECK(got.status == Status::timeout && moment == deadline);
      (void)reader.conn->set_read_deadline(0);
    }
    (void)reader.conn->set_read_deadline(0);
  }
  reader.coroutine.store(nullptr);
}

// A byte too many, of a wish that came late, is one that the next round finds.
void send_late(Reader& reader, const std::atomic<bool>& is_over) {
  for (;;) {
    reader.wants_byte.acquire();
    if (is_over.load()) return;
    reader.send();
  }
}

void packing_races(unsigned workers) {
  prepare();
  tuning.fine_timers = true;
  hook = at_point;
  const long rounds = check::argument("rounds", 4'000);
  in_run(workers, [rounds] {
    Group reading;
    Group others;
    std::atomic<bool> is_over{false};
    std::vector<Conn> conns;
    conns.reserve(kReaders);
    for (unsigned i = 0; i < kReaders; ++i) {
      const auto [own, peer] = socket_pair();
      conns.push_back(conn_of(own));
      readers[i].peer = peer;
      readers[i].conn = &conns[i];
      readers[i].random.state = 0x9e3779b97f4a7c15u * (i + 1);
      others.start([&, i] { send_late(readers[i], is_over); });
      reading.start([&, i] { read_rounds(readers[i], rounds / kReaders); });
    }
    others.start([&] { sweep_until(is_over); });
    reading.join();
    is_over.store(true);
    for (Reader& reader : readers) reader.wants_byte.release();
    others.join();
  });
  const StatTotals totals = stat_totals();
  CHECK(lost.load() > 0 && totals.park_races_lost >= lost.load());
  CHECK(totals.stacks_packed > 0);
  CHECK_EQUAL(totals.stacks_packed, totals.stacks_unpacked);
  std::fprintf(stderr, "# workers %u: packed %llu, park races lost %llu, deadlines %llu\n", workers,
               (unsigned long long)totals.stacks_packed, (unsigned long long)totals.park_races_lost,
               (unsigned long long)totals.wakeups_deadline);
}

Semaphore wants_close;

void packing_races_close(unsigned workers) {
  prepare();
  hook = [](Point point) {
    if (point != Point::between_leave_and_commit) return;
    if (is_packed(*Worker::current().running)) wants_close.release();
  };
  in_run(workers, [] {
    std::atomic<bool> is_over{false};
    Group sweeping;
    sweeping.start([&] { sweep_until(is_over); });
    for (std::uint64_t round = 0; round < 200; ++round) {
      Pair ends = pair();
      Group group;
      group.start([&] {
        keep_stack_private();
        CHECK(read_below(ends.a, nullptr, round, 2).status == Status::closed);
      });
      wants_close.acquire();
      CHECK(ends.a.close().ok());
      group.join();
    }
    is_over.store(true);
    sweeping.join();
    CHECK_EQUAL(stat_totals().stacks_packed, 200u);
    CHECK_EQUAL(stat_totals().stacks_unpacked, 200u);
  });
}

void the_build_says_what_it_can() {
  Tuning parsed;
  std::string error;
  CHECK(parse_tuning("fifo,lean-stacks", parsed, error));
  CHECK(tuning_text(parsed) == (kStacksCanBePacked ? "fifo,lean-stacks" : "fifo"));
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<check::Case> cases{
      {"a build that cannot pack says so", the_build_says_what_it_can},
      {"who has promised nothing, or is deep, stays in place", others_stay_in_place},
  };
  check::add(cases, "variables survive", variables_survive);
  check::add(cases, "packing races edge and deadline", packing_races);
  check::add(cases, "packing races close", packing_races_close);
  return check::run(argc, argv, cases);
}
