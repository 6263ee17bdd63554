// probe <row> --cpu N [--other-cpu N] [--ms N] [--bytes N] [--connections N]
//   measures one row and prints one JSON line
// probe run-on <cpu> <command> [arguments]
//   becomes another program, pinned to that CPU before its first instruction
//
// Exit status 2 for wrong arguments, 1 when a call failed; one line on stderr says which.
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "probe.hpp"

namespace iomodels::probe {
namespace {

struct NamedRow {
  std::string_view name;
  Row row;
};

constexpr NamedRow kRows[] = {
    {"raw-switch", raw_switch},
    {"yield", yield_pair},
    {"park-ready", park_ready},
    {"start-end", start_end},
    {"counting", counting},
    {"thread-pipe", thread_pipe},
    {"thread-eventfd", thread_eventfd},
    {"thread-futex", thread_futex},
    {"floor", loopback_floor},
    {"clock-monotonic", clock_monotonic},
    {"clock-thread-cpu", clock_thread_cpu},
};

[[noreturn]] void wrong(const char* what, std::string_view which) {
  std::fprintf(stderr, "probe: %s %.*s\n", what, static_cast<int>(which.size()), which.data());
  std::exit(2);
}

// A whole number from least to most.
template <class T>
T number(std::string_view text, T least, T most) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  if (!is_whole || value < least || value > most) wrong("no good number:", text);
  return value;
}

void take(Request& request, std::string_view flag, std::string_view value) {
  if (flag == "--cpu") {
    request.cpu = number(value, 0, CPU_SETSIZE - 1);
  } else if (flag == "--other-cpu") {
    request.other_cpu = number(value, 0, CPU_SETSIZE - 1);
  } else if (flag == "--ms") {
    request.ns = number<std::int64_t>(value, 1, 60'000) * 1'000'000;
  } else if (flag == "--bytes") {
    request.bytes = number<std::size_t>(value, 0, 1 << 28);
  } else if (flag == "--connections") {
    request.connections = number(value, 1u, 60'000u);
  } else {
    wrong("unknown flag", flag);
  }
}

void print_cost(const char* key, const Cost& cost) {
  std::printf("\"%s\":{\"operations\":%" PRIu64 ",\"cpuNs\":%" PRId64 ",\"wallNs\":%" PRId64 "}",
              key, cost.operations, cost.cpu_ns, cost.wall_ns);
}

void print(const Sample& sample) {
  std::printf("{");
  print_cost("cost", sample.cost);
  if (sample.same_calls) {
    std::printf(",");
    print_cost("sameCalls", *sample.same_calls);
  }
  if (sample.switches) {
    const Switches& s = *sample.switches;
    std::printf(",\"switches\":{\"expected\":%" PRIu64 ",\"voluntary\":%" PRIu64
                ",\"involuntary\":%" PRIu64 "}",
                s.expected, s.voluntary, s.involuntary);
  }
  std::printf("}\n");
}

int run_on(int argc, char** argv) {
  if (argc < 4) wrong("run-on takes", "a CPU and a command");
  pin_to(number(std::string_view(argv[2]), 0, CPU_SETSIZE - 1));
  execvp(argv[3], argv + 3);
  fail("execvp");
}

int measure(int argc, char** argv) {
  Row row = nullptr;
  const std::string_view name = argc < 2 ? "" : argv[1];
  for (const NamedRow& known : kRows) {
    if (known.name == name) row = known.row;
  }
  if (row == nullptr) wrong("there is no row", name);
  Request request;
  for (int i = 2; i < argc; i += 2) {
    if (i + 1 == argc) wrong("no value for", argv[i]);
    take(request, argv[i], argv[i + 1]);
  }
  pin_to(request.cpu);
  print(row(request));
  return 0;
}

}  // namespace

void fail(const char* call) {
  std::fprintf(stderr, "probe: %s: %s\n", call, std::strerror(errno));
  std::exit(1);
}

void pin_to(int cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(cpu, &cpus);
  if (sched_setaffinity(0, sizeof cpus, &cpus) != 0) fail("sched_setaffinity");
}

}  // namespace iomodels::probe

int main(int argc, char** argv) {
  using namespace iomodels::probe;
  return argc > 1 && std::string_view(argv[1]) == "run-on" ? run_on(argc, argv)
                                                           : measure(argc, argv);
}
