// What the runtime's own steps cost, in nanoseconds: for the record, not to pass or fail.
#include <ctime>

#include "gonet/switch.hpp"
#include "tools.hpp"

namespace {

using namespace tools;

void* main_stack = nullptr;
void* other_stack = nullptr;
alignas(16) char memory[65536];

void other(void*) {
  for (;;) iomodels_gonet_switch(&other_stack, main_stack);
}

// CPU time, so that what else the machine does matters less.
std::int64_t cpu_ns() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return used.tv_sec * 1'000'000'000LL + used.tv_nsec;
}

void print(const char* what, std::int64_t start, long n) {
  std::printf("%s_ns %.2f\n", what, static_cast<double>(cpu_ns() - start) / static_cast<double>(n));
}

void raw_switch() {
  constexpr long kRounds = 20'000'000;
  other_stack = prepare_stack(memory + sizeof memory, other, nullptr);
  const std::int64_t start = cpu_ns();
  for (long i = 0; i < kRounds; ++i) iomodels_gonet_switch(&main_stack, other_stack);
  print("raw_switch", start, 2 * kRounds);
}

void yields(unsigned workers, int coroutines, const char* what) {
  in_run(workers, [&] {
    const long rounds = 4'000'000 / coroutines;
    Group group;
    const std::int64_t start = cpu_ns();
    for (int i = 0; i < coroutines; ++i) {
      group.start([&] {
        for (long k = 0; k < rounds; ++k) yield();
      });
    }
    group.join();
    print(what, start, rounds * coroutines);
  });
}

void starts() {
  in_run(1, [] {
    constexpr long kRounds = 2'000'000;
    Semaphore done;
    const std::int64_t start = cpu_ns();
    for (long i = 0; i < kRounds; ++i) {
      go([&done] { done.release(); });
      done.acquire();
    }
    print("start_and_end", start, kRounds);
  });
}

}  // namespace

int main() {
  raw_switch();
  yields(1, 1, "yield_alone");
  yields(1, 2, "yield_pair");
  yields(1, 100, "yield_of_100");
  starts();
}
