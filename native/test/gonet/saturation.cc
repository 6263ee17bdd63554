// When runnable work never ends: how long does a byte wait for the coroutine that reads it?
//
// One worker runs coroutines that compute for 20 to 50 us and yield, for ever, so that its own
// queue is never empty and it never polls between other work, nor sleeps in a poll. A client thread
// sends a byte over TCP at random instants and waits until its reader has it. As in Go, sysmon's
// poll brings it, every 10 ms; with cadence-poll the worker polls by itself.
//
//   saturation              the tests, which ask who brought the bytes, not how long they took
//   saturation measure      in the build with options: the times, from before the client's write to
//                           the return of the read: one line of JSON; both modes in turns
//   samples=<n>             bytes for each mode (default 40; measure: 200)
#include <algorithm>
#include <string>

#include "gonet/scheduler.hpp"
#include "tools.hpp"

namespace {

using namespace tools;

constexpr int kBurners = 4;  // and the main coroutine
constexpr std::int64_t kShortestNs = 20'000;
constexpr std::int64_t kLongestNs = 50'000;
constexpr std::uint32_t kLongestPauseUs = 20'000;  // of the client

// Whether the kernel let the worker run: sysmon polls for one that it held up, whatever the mode.
// The worker polls at least once in so many turns, which take about 2 ms.
class Turns {
 public:
  void add() {
    const std::int64_t now = now_ns();
    std::int64_t& oldest = at_ns_[n_++ % kWindow];
    if (oldest != 0 && now - oldest > kHeldUpNs) ++held_up_;
    oldest = now;
  }
  std::uint64_t held_up() const { return held_up_; }

 private:
  static constexpr std::size_t kWindow = 64;
  static constexpr std::int64_t kHeldUpNs = 9'000'000;

  std::size_t n_ = 0;
  std::int64_t at_ns_[kWindow] = {};
  std::uint64_t held_up_ = 0;
};

// The client: a thread that knows nothing of the runtime.
struct Client {
  sockaddr_in address{};
  long samples = 0;
  std::atomic<bool> may_send{false};
  std::atomic<bool> is_done{false};
  std::atomic<long> taken{0};  // by the reader
  std::atomic<std::int64_t> sent_at_ns{0};
  pthread_t thread{};

  static void* run(void* argument) {
    auto& self = *static_cast<Client*>(argument);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto* const address = reinterpret_cast<const sockaddr*>(&self.address);
    if (connect(fd, address, sizeof self.address) != 0) check::fail("connect");
    while (!self.may_send) usleep(100);
    Random random{0x9e3779b97f4a7c15u ^ static_cast<std::uint64_t>(now_ns())};
    for (long i = 0; i < self.samples; ++i) {
      usleep(random.below(kLongestPauseUs));
      self.sent_at_ns = now_ns();
      if (::write(fd, "x", 1) != 1) check::fail("write");
      while (self.taken <= i) usleep(100);
    }
    self.is_done = true;
    char end;
    (void)!::read(fd, &end, 1);  // until the reader has closed
    close(fd);
    return nullptr;
  }
};

struct Outcome {
  std::vector<double> latencies_us;
  StatTotals before;
  StatTotals after;
  std::uint64_t held_up = 0;
};

void read_bytes(Conn& conn, Client& client, Outcome& outcome) {
  for (long i = 0; i < client.samples; ++i) {
    char byte;
    CHECK(conn.read(&byte, 1).ok());
    const std::int64_t took = now_ns() - client.sent_at_ns;
    outcome.latencies_us.push_back(static_cast<double>(took) / 1e3);
    client.taken = i + 1;
  }
}

void burn(Random& random, Turns& turns) {
  constexpr auto kSpread = static_cast<std::uint32_t>(kLongestNs - kShortestNs);
  const std::int64_t end = now_ns() + kShortestNs + random.below(kSpread);
  while (now_ns() < end) {
  }
  turns.add();
  yield();
}

// The counters are read while work is under way, before the first byte and after the last one.
Outcome saturate(long samples) {
  Outcome outcome;
  in_run(1, [&] {
    Listener listener = listen_here();
    Client client;
    client.address = loopback(listener.port());
    client.samples = samples;
    CHECK(pthread_create(&client.thread, nullptr, Client::run, &client) == 0);
    Conn conn = accept_one(listener);
    Turns turns;
    bool is_over = false;
    Group burning;
    Group reading;
    for (std::uint64_t i = 0; i < kBurners; ++i) {
      burning.start([&, random = Random{i + 1}]() mutable {
        while (!is_over) burn(random, turns);
      });
    }
    reading.start([&] { read_bytes(conn, client, outcome); });
    Random random{99};
    while (netpoll::waiters() != 1) burn(random, turns);
    outcome.before = stat_totals();
    client.may_send = true;
    while (!client.is_done) burn(random, turns);
    outcome.after = stat_totals();
    outcome.held_up = turns.held_up();
    is_over = true;
    burning.join();
    reading.join();
    (void)conn.close();
    (void)listener.close();
    pthread_join(client.thread, nullptr);
  });
  return outcome;
}

long samples_or(long otherwise) { return check::argument("samples", otherwise); }

// Every wait that ended without a lost race was ended by somebody's poll; the reader was waiting
// when the counting began.
std::uint64_t wakeups(const Outcome& outcome) {
  return outcome.after.parks - outcome.before.parks + 1 -
         (outcome.after.park_races_lost - outcome.before.park_races_lost);
}

std::uint64_t wakeups_by_sysmon(const Outcome& outcome) {
  return outcome.after.wakeups_sysmon - outcome.before.wakeups_sysmon;
}

void sysmon_brings_every_byte() {
  const Outcome outcome = saturate(samples_or(40));
  CHECK(wakeups_by_sysmon(outcome) > 0);
  CHECK_EQUAL(wakeups_by_sysmon(outcome), wakeups(outcome));
  CHECK_EQUAL(outcome.after.polls_cadence, outcome.before.polls_cadence);
  CHECK_EQUAL(outcome.after.polls_nonblocking, outcome.before.polls_nonblocking);
  CHECK_EQUAL(outcome.after.polls_blocking, outcome.before.polls_blocking);
}

#ifdef IOMODELS_GONET_TUNED

std::uint64_t wakeups_in_cadence(const Outcome& outcome) {
  return outcome.after.wakeups_cadence - outcome.before.wakeups_cadence;
}

// sysmon has something to do only where the kernel held the worker up.
void cadence_polls_bring_every_byte() {
  tuning.cadence_poll = true;
  const Outcome outcome = saturate(samples_or(40));
  CHECK(wakeups_in_cadence(outcome) > 0);
  CHECK_EQUAL(wakeups_in_cadence(outcome) + wakeups_by_sysmon(outcome), wakeups(outcome));
  CHECK(wakeups_by_sysmon(outcome) <= outcome.held_up);
  CHECK_EQUAL(outcome.after.polls_nonblocking, outcome.before.polls_nonblocking);
  CHECK_EQUAL(outcome.after.polls_blocking, outcome.before.polls_blocking);
}

// For measure: what the blocks of one mode came to.
struct Series {
  std::vector<double> latencies_us;
  std::uint64_t by_sysmon = 0;
  std::uint64_t in_cadence = 0;

  void add(const Outcome& outcome) {
    latencies_us.insert(latencies_us.end(), outcome.latencies_us.begin(),
                        outcome.latencies_us.end());
    by_sysmon += wakeups_by_sysmon(outcome);
    in_cadence += wakeups_in_cadence(outcome);
  }
  // The smallest value that at least that share of all is not above.
  double quantile(double share) const {
    const auto n = static_cast<double>(latencies_us.size());
    const auto rank = static_cast<std::size_t>(share * n + 0.999999);
    return latencies_us[rank == 0 ? 0 : rank - 1];
  }
  void print(const char* name) {
    std::sort(latencies_us.begin(), latencies_us.end());
    std::printf(
        ",\"%s\":{\"samples\":%zu,\"median_us\":%.1f,\"p90_us\":%.1f,\"max_us\":%.1f,"
        "\"wakeups_sysmon\":%llu,\"wakeups_cadence\":%llu}",
        name, latencies_us.size(), quantile(0.5), quantile(0.9), latencies_us.back(),
        static_cast<unsigned long long>(by_sysmon), static_cast<unsigned long long>(in_cadence));
  }
};

// In turns, so that what else the machine does hits both.
int measure(long samples) {
  constexpr long kBlocks = 4;
  Series faithful;
  Series cadence;
  for (long block = 0; block < kBlocks; ++block) {
    tuning.cadence_poll = false;
    faithful.add(saturate((samples + kBlocks - 1) / kBlocks));
    tuning.cadence_poll = true;
    cadence.add(saturate((samples + kBlocks - 1) / kBlocks));
  }
  std::printf("{\"event\":\"saturation\",\"workers\":1,\"burners\":%d,\"work_us\":[%.0f,%.0f]",
              kBurners + 1, static_cast<double>(kShortestNs) / 1e3,
              static_cast<double>(kLongestNs) / 1e3);
  faithful.print("faithful");
  cadence.print("cadence_poll");
  std::puts("}");
  return 0;
}

#endif

}  // namespace

int main(int argc, char** argv) {
  check::arguments.assign(argv + 1, argv + argc);
  std::vector<check::Case> cases{
      {"sysmon brings every byte to a busy worker", sysmon_brings_every_byte}};
#ifdef IOMODELS_GONET_TUNED
  if (argc > 1 && std::string_view(argv[1]) == "measure") return measure(samples_or(200));
  cases.push_back({"cadence polls bring every byte", cadence_polls_bring_every_byte});
#endif
  return check::run(argc, argv, cases);
}
