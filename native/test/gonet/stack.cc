// Stacks: many of them, one that is too small, and what is kept of a burst.
//
//   coroutines=<n>   of the large cases (default 100,000)
#include <sys/mman.h>
#include <sys/wait.h>

#include <string>

#include "gonet/stack.hpp"
#include "tools.hpp"

namespace {

using namespace tools;

long resident_kib() {
  long kib = 0;
  if (std::FILE* status = std::fopen("/proc/self/status", "re")) {
    char line[256];
    while (std::fgets(line, sizeof line, status) != nullptr) {
      if (std::sscanf(line, "VmRSS: %ld kB", &kib) == 1) break;
    }
    std::fclose(status);
  }
  return kib;
}

long mappings() {
  long lines = 0;
  if (std::FILE* maps = std::fopen("/proc/self/maps", "re")) {
    for (int c; (c = std::fgetc(maps)) != EOF;) lines += c == '\n';
    std::fclose(maps);
  }
  return lines;
}

long max_mappings() {
  long n = 0;
  if (std::FILE* limit = std::fopen("/proc/sys/vm/max_map_count", "re")) {
    if (std::fscanf(limit, "%ld", &n) != 1) n = 0;
    std::fclose(limit);
  }
  return n;
}

// All alive at once; each has touched its stack.
void many(unsigned workers, long wanted) {
  in_run(workers, [wanted] {
    Group group;
    Semaphore go_on;
    std::atomic<long> alive{0};
    for (long i = 0; i < wanted; ++i) {
      group.start([&] {
        ++alive;
        go_on.acquire();
      });
      if (i % 1000 == 0) yield();
    }
    until([&] { return alive == wanted; });
    std::fprintf(stderr, "# %ld coroutines: %ld mappings of at most %ld, %ld KiB resident\n",
                 wanted, mappings(), max_mappings(), resident_kib());
    CHECK(mappings() < max_mappings());
    for (long i = 0; i < wanted; ++i) go_on.release();
    group.join();
  });
}

void hundred_thousand(unsigned workers) { many(workers, check::argument("coroutines", 100'000)); }

// Where every guard page costs two mappings, later stacks have none.
void hundred_thousand_on_an_old_kernel() {
  pretend_old_kernel(true);
  const long wanted = check::argument("coroutines", 100'000);
  many(1, wanted);
  const StackUse use = stack_use();
  CHECK(use.unguarded > 0 || wanted < 24'000);
  CHECK(use.unguarded < use.mapped);
}

#if !defined(IOMODELS_ASAN) && !defined(IOMODELS_TSAN)
int bottom = 1 << 30;
[[gnu::noinline]] int recurse(int n) {
  volatile char frame[1024];
  frame[0] = static_cast<char>(n);
  return n == bottom ? 0 : recurse(n + 1) + frame[0];
}

void overflow(bool old_kernel) {
  int said[2];
  CHECK(pipe(said) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(said[1], 2);
    pretend_old_kernel(old_kernel);
    run(1, [] {
      go_named("the deep one", [] { _exit(recurse(0)); });
      sleep_ms(1000);
    });
    _exit(0);
  }
  close(said[1]);
  std::string text;
  char buffer[512];
  for (ssize_t n; (n = read(said[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(n));
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK_EQUAL(WTERMSIG(status), SIGABRT);
  if (text.find("stack overflow in coroutine the deep one") == std::string::npos) check::fail(text);
}

#endif

// A fault that has nothing to do with stacks stays what it is.
void other_faults_are_left_alone() {
  const pid_t child = fork();
  if (child == 0) {
    void* const page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    run(1, [&] { *static_cast<volatile int*>(page) = 1; });
    _exit(0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
#if !defined(IOMODELS_ASAN) && !defined(IOMODELS_TSAN)
  CHECK(WIFSIGNALED(status));
  CHECK_EQUAL(WTERMSIG(status), SIGSEGV);
#else
  CHECK(status != 0);
#endif
}

#if !defined(IOMODELS_ASAN) && \
    !defined(IOMODELS_TSAN)  // whose shadows stay, and which cannot follow so many
// The pages of a burst go back to the kernel, all but those of the stacks that are kept warm.
void burst_is_given_back() {
  constexpr long kBurst = 20'000;
  constexpr long kTouchedKib = 16;
  in_run(1, [] {
    const long before = resident_kib();
    Group group;
    Semaphore go_on;
    for (long i = 0; i < kBurst; ++i) {
      group.start([&] {
        volatile char touched[kTouchedKib * 1024];
        for (std::size_t at = 0; at < sizeof touched; at += 4096) touched[at] = 1;
        go_on.acquire();
      });
      if (i % 200 == 0) yield();
    }
    yield();
    const long at_most = resident_kib();
    CHECK(at_most - before > kBurst * kTouchedKib);
    for (long i = 0; i < kBurst; ++i) go_on.release();
    group.join();
    const long after = resident_kib();
    std::fprintf(stderr, "# burst of %ld: %ld KiB before, %ld at most, %ld after\n", kBurst, before,
                 at_most, after);
    CHECK(after - before < (at_most - before) / 4);
    const StackUse use = stack_use();
    CHECK(use.warm <= 1024);
    CHECK(use.cold > 0);
  });
}
#endif

void connections_that_come_and_go_reuse_stacks() {
  in_run(1, [] {
    const std::uint64_t before = stack_use().mapped;
    for (int i = 0; i < 10'000; ++i) {
      Group group;
      group.start([] {});
      group.join();
    }
    CHECK_EQUAL(stack_use().mapped, before);
  });
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<check::Case> cases = {
    {"100,000 coroutines, workers 1", [] { hundred_thousand(1); }, 300},
    {"100,000 coroutines, workers 2", [] { hundred_thousand(2); }, 300},
    {"100,000 coroutines on an old kernel", hundred_thousand_on_an_old_kernel, 300},
#if !defined(IOMODELS_ASAN) && !defined(IOMODELS_TSAN)
    {"an overflow names its coroutine", [] { overflow(false); }},
    {"an overflow names its coroutine, on an old kernel", [] { overflow(true); }},
#endif
    {"other faults are left alone", other_faults_are_left_alone},
#if !defined(IOMODELS_ASAN) && !defined(IOMODELS_TSAN)
    {"a burst is given back", burst_is_given_back, 300},
#endif
    {"stacks are reused", connections_that_come_and_go_reuse_stacks},
  };
  return check::run(argc, argv, cases);
}
