// What the counters that are always on cost: for the record, not to pass or fail. From the
// repository's root:
//
//   make -C native/test cost
//   build/test-none/cost/counters [rounds=<n>]
//
// The same source is built twice, with all of core and gonet: counters, and counters-off, in which
// an increment and the search for the thread's counters are compiled to nothing
// (IOMODELS_NO_COUNTERS). counters runs both in turns, one after the other and the order reversed
// from round to round, and prints one line of JSON:
//
//   switch    a yield to another coroutine and back to the run queue, one worker
//   request   one request of process() over TCP, CPU time of the server's worker only, with 16
//             connections; the client is a thread of its own
//   add_ns    counters().syscalls.add() by itself: the search, and the increment
//   increments_per_request, and bound_ns: that many times add_ns. What counting can cost a request
//             at most, however the machine behaves meanwhile: most increments need no search
//
// ns are medians over the rounds; ratio is with / without, the median of the rounds' ratios, and
// low and high its interval by order statistics (sign test), with the coverage it really has. What
// stays in counters-off: gonet looks for the running worker once per park and once per poll to
// count there.
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <string>

#include "../gonet/tools.hpp"
#include "gonet/serving.hpp"

#ifdef IOMODELS_NO_COUNTERS
namespace iomodels {
CounterTotals counter_totals() { return {}; }
}  // namespace iomodels
#endif

namespace {

using namespace tools;

std::int64_t cpu_ns() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return used.tv_sec * 1'000'000'000LL + used.tv_nsec;
}

double each(std::int64_t start, long n) {
  return static_cast<double>(cpu_ns() - start) / static_cast<double>(n);
}

double switch_ns() {
  constexpr long kRounds = 500'000;
  double ns = 0;
  in_run(1, [&ns] {
    Group group;
    const std::int64_t start = cpu_ns();
    for (int i = 0; i < 2; ++i) {
      group.start([] {
        for (long k = 0; k < kRounds; ++k) yield();
      });
    }
    group.join();
    ns = each(start, 2 * kRounds);
  });
  return ns;
}

double add_ns() {
  constexpr long kRounds = 5'000'000;
  const std::int64_t start = cpu_ns();
  for (long i = 0; i < kRounds; ++i) {
    counters().syscalls.add();
    asm volatile("" ::: "memory");
  }
  return each(start, kRounds);
}

constexpr int kConnections = 16;
constexpr long kBatches = 500;

// Sends a request on each connection, then reads all replies, again and again.
void* client(void* argument) {
  const auto address = *static_cast<const sockaddr_in*>(argument);
  const std::string_view request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  char reply[1024];
  int fds[kConnections];
  for (int& fd : fds) {
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      check::fail("connect");
    }
  }
  for (long batch = 0; batch < kBatches; ++batch) {
    for (const int fd : fds) CHECK(::write(fd, request.data(), request.size()) > 0);
    for (const int fd : fds) CHECK(::read(fd, reply, sizeof reply) > 0);
  }
  for (const int fd : fds) close(fd);
  return nullptr;
}

// What all counters but those of bytes stand at. Each increment adds at least one to that, and each
// of bytes comes with one of reads or writes.
std::uint64_t increments() {
  const CounterTotals totals = counter_totals();
  const StatTotals stats = stat_totals();
  std::uint64_t sum = 0;
#define IOMODELS_SUM(name) sum += totals.name;
  IOMODELS_COUNTERS(IOMODELS_SUM)
#undef IOMODELS_SUM
#define IOMODELS_SUM(name) sum += stats.name;
  IOMODELS_GONET_STATS(IOMODELS_SUM)
#undef IOMODELS_SUM
  return sum - totals.bytes_read - totals.bytes_written + totals.reads + totals.writes;
}

struct RequestCost {
  double ns = 0;
  double increments = 0;
};

RequestCost request_cost() {
  RequestCost each_one;
  in_run(1, [&each_one] {
    Listener listener = listen_here();
    sockaddr_in address = loopback(listener.port());
    pthread_t thread;
    CHECK(pthread_create(&thread, nullptr, client, &address) == 0);
    Group group;
    for (int i = 0; i < kConnections; ++i) {
      group.start([conn = accept_one(listener)]() mutable {
        ParkingConn served(conn);
        process(served);
      });
    }
    const std::uint64_t before = increments();
    const std::int64_t start = cpu_ns();
    group.join();
    each_one.ns = each(start, kBatches * kConnections);
    each_one.increments = static_cast<double>(increments() - before) / (kBatches * kConnections);
    pthread_join(thread, nullptr);
    (void)listener.close();
  });
  return each_one;
}

enum Step { kSwitch, kRequest, kAdd, kIncrements, kSteps };
constexpr const char* kNames[] = {"switch", "request"};

struct Times {
  double ns[kSteps] = {};  // kIncrements: a number
};

Times times_of(const std::string& program) {
  std::FILE* const output = popen((program + " once").c_str(), "r");
  Times times;
  double* const ns = times.ns;
  if (output == nullptr || std::fscanf(output, "%lf %lf %lf %lf", ns + kSwitch, ns + kRequest,
                                       ns + kAdd, ns + kIncrements) != kSteps) {
    std::fprintf(stderr, "%s does not say what it measured\n", program.c_str());
    std::exit(1);
  }
  pclose(output);
  return times;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

double median_of(Step step, const std::vector<Times>& rounds) {
  std::vector<double> values;
  for (const Times& times : rounds) values.push_back(times.ns[step]);
  return median(values);
}

struct Interval {
  double low;
  double high;
  double coverage;
};

// The k-th smallest to the k-th largest contain the median with 1 - 2 P(Bin(n, 1/2) < k): the
// largest k with at least 95 %, or the whole range where there are too few rounds for that.
Interval interval_of_median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  double term = std::pow(0.5, static_cast<double>(n));  // P(Bin = k - 1)
  double below = term;                                  // P(Bin < k)
  std::size_t k = 1;
  while (2 * k < n) {
    term *= static_cast<double>(n - k + 1) / static_cast<double>(k);
    if (1 - 2 * (below + term) < 0.95) break;
    below += term;
    ++k;
  }
  return {values[k - 1], values[n - k], 1 - 2 * below};
}

void print(Step step, const std::vector<Times>& with, const std::vector<Times>& without) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < with.size(); ++i) {
    ratios.push_back(with[i].ns[step] / without[i].ns[step]);
  }
  const Interval interval = interval_of_median(ratios);
  std::printf(
      ",\"%s\":{\"with_ns\":%.2f,\"without_ns\":%.2f,\"ratio\":%.4f,\"low\":%.4f,"
      "\"high\":%.4f,\"coverage\":%.3f}",
      kNames[step], median_of(step, with), median_of(step, without), median(ratios), interval.low,
      interval.high, interval.coverage);
}

int compare(const std::string& own, long rounds) {
  std::vector<Times> with;
  std::vector<Times> without;
  for (long round = 0; round < rounds; ++round) {
    const bool off_first = round % 2 == 1;
    if (off_first) without.push_back(times_of(own + "-off"));
    with.push_back(times_of(own));
    if (!off_first) without.push_back(times_of(own + "-off"));
  }
  const double add = median_of(kAdd, with);
  const double increments = median_of(kIncrements, with);
  std::printf(
      "{\"event\":\"counters\",\"rounds\":%ld,\"add_ns\":%.2f,"
      "\"increments_per_request\":%.2f,\"bound_ns\":%.1f",
      rounds, add, increments, add * increments);
  print(kSwitch, with, without);
  print(kRequest, with, without);
  std::puts("}");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  check::arguments.assign(argv + 1, argv + argc);
  if (argc == 2 && std::string_view(argv[1]) == "once") {
    const double yield_ns = switch_ns();
    const RequestCost served = request_cost();
    std::printf("%f %f %f %f\n", yield_ns, served.ns, add_ns(), served.increments);
    return 0;
  }
  return compare(argv[0], std::max(2L, check::argument("rounds", 61)));
}
