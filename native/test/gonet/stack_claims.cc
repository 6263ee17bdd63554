// Checks the claims about stacks: how much of one is needed, that a guard page catches and stays,
// what an idle coroutine costs, what is kept of those that ended, and what happens where guards run
// out. stack.cc has the large numbers.
#include <netdb.h>
#include <sys/wait.h>

#include <string>

#include "gonet/serving.hpp"
#include "gonet/stack.hpp"
#include "gonet/worker.hpp"
#include "tools.hpp"

namespace {

using namespace tools;

constexpr std::size_t kKib = 1024;

std::string all_of(int fd) {
  std::string text;
  char buffer[512];
  for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(n));
  }
  return text;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

#if !defined(IOMODELS_ASAN) && !defined(IOMODELS_TSAN)  // whose frames are larger

constexpr unsigned char kPaint = 0xa5;

// Paints what the running coroutine's stack has below this frame, calls f, and returns how many
// bytes below this frame f and what it calls used.
template <class F>
[[gnu::noinline]] std::size_t stack_needed(F&& f) {
  const Stack stack = Worker::current().running->stack;
  auto* const bottom = reinterpret_cast<volatile unsigned char*>(stack.bottom());
  const auto* const top = static_cast<volatile unsigned char*>(__builtin_frame_address(0));
  // Neither the rest of this function's frame, nor what it may use below that without asking.
  const auto* const here = top - kKib;
  for (volatile unsigned char* at = bottom; at < here; ++at) *at = kPaint;
  f();
  const volatile unsigned char* lowest = bottom;
  while (lowest < here && *lowest == kPaint) ++lowest;
  return static_cast<std::size_t>(top - lowest);
}

std::size_t process_needs() {
  Pair ends = pair();
  std::size_t needed = 0;
  Group group;
  group.start([&] {
    ParkingConn served(ends.a);
    needed = stack_needed([&] { process(served); });
  });
  for (const std::string request : {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "nonsense\r\n\r\n"}) {
    CHECK(ends.b.write(request.data(), request.size()).ok());
    char reply[4096];
    CHECK(ends.b.read(reply, sizeof reply).ok());
  }
  (void)ends.b.close();
  group.join();
  return needed;
}

void process_needs_less_than_a_page() {
  in_run(1, [] {
    const std::size_t first = process_needs();  // with the dynamic linker, which looks up each call
    const std::size_t needed = process_needs();
    std::fprintf(stderr, "# process() needs %zu bytes of stack, the first time %zu\n", needed,
                 first);
    CHECK(needed > kReadBufferBytes + kOutputBufferBytes);
    CHECK(needed < 4 * kKib);
  });
}

void printing_needs_less_than_8_kib() {
  in_run(1, [] {
    std::size_t needed = 0;
    Group group;
    group.start([&] {
      char text[64];
      needed = stack_needed([&] { std::snprintf(text, sizeof text, "%d of %s", 12, "many"); });
    });
    group.join();
    std::fprintf(stderr, "# a printf needs %zu bytes of stack\n", needed);
    CHECK(needed < 8 * kKib);
  });
}

// The deepest of what a handler may be expected to call; a third of the stack is left then.
void names_and_numbers_need_at_most_40_kib() {
  in_run(1, [] {
    std::size_t needed = 0;
    Group group;
    group.start([&] {
      needed = stack_needed([] {
        char text[512];
        std::snprintf(text, sizeof text, "%.400f", 1e-300);
        addrinfo* found = nullptr;
        // Whether it is found does not matter here.
        if (getaddrinfo("localhost", "80", nullptr, &found) == 0) freeaddrinfo(found);
      });
    });
    group.join();
    std::fprintf(stderr, "# names and numbers need %zu bytes of stack\n", needed);
    CHECK(needed < 40 * kKib);
  });
}

int bottom = 1 << 30;

// Touches only the far end of its frame, which is larger than guard and stack together.
[[gnu::noinline]] int large_frame(int n) {
  volatile char frame[kStackBytes + 4 * kGuardBytes];
  frame[0] = static_cast<char>(n);
  return n == bottom ? 0 : large_frame(n + 1) + frame[0];
}

// Runs f in a process of its own; what it said to stderr until SIGABRT ended it.
template <class F>
std::string last_words_of(F&& f) {
  int said[2];
  CHECK(pipe(said) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(said[1], STDERR_FILENO);
    f();
    _exit(0);
  }
  close(said[1]);
  const std::string text = all_of(said[0]);
  close(said[0]);
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK_EQUAL(WTERMSIG(status), SIGABRT);
  return text;
}

void check_that_it_was_named(const std::string& said) {
  if (said.find("stack overflow in coroutine the large one") == std::string::npos) {
    check::fail(said);
  }
}

void large_frame_meets_the_guard() {
  check_that_it_was_named(last_words_of([] {
    run(1, [] {
      go_named("the large one", [] { _exit(large_frame(0)); });
      sleep_ms(1'000);
    });
  }));
}

// Of all stacks of a burst, most of whose pages went back to the kernel.
void guards_stay_when_pages_go(bool is_old_kernel) {
  check_that_it_was_named(last_words_of([is_old_kernel] {
    pretend_old_kernel(is_old_kernel);
    run(1, [] {
      constexpr int kBurst = 3'000;
      const std::uint64_t mapped_before = stack_use().mapped;
      {
        Group group;
        for (int i = 0; i < kBurst; ++i) group.start([] {});
        group.join();
      }
      const StackUse use = stack_use();
      if (use.cold == 0 || use.mapped == mapped_before) _exit(1);
      // As many at once again, so that cold ones are among them.
      for (int i = 0; i < kBurst; ++i) {
        (void)go_named("the large one", [i] {
          if (i + 1 == kBurst) _exit(large_frame(0));
          block_forever();
        });
      }
      block_forever();
    });
  }));
}

long resident_kib() {
  long kib = 0;
  std::FILE* const status = std::fopen("/proc/self/status", "re");
  CHECK(status != nullptr);
  char line[256];
  while (std::fgets(line, sizeof line, status) != nullptr) {
    if (std::sscanf(line, "VmRSS: %ld kB", &kib) == 1) break;
  }
  std::fclose(status);
  CHECK(kib > 0);
  return kib;
}

template <std::size_t bytes>
[[gnu::noinline]] void touch_and_wait(Semaphore& go_on) {
  volatile char touched[bytes];
  for (std::size_t at = 0; at < bytes; at += kGuardBytes) touched[at] = 1;
  go_on.acquire();
  (void)touched[0];
}

// Parks that many, each of which has touched so many bytes of its stack; KiB resident for each.
template <std::size_t bytes>
double resident_kib_each() {
  constexpr int kMany = 5'000;
  double each = 0;
  in_run(1, [&] {
    const long before = resident_kib();
    Group group;
    Semaphore go_on;
    std::atomic<int> parked{0};
    for (int i = 0; i < kMany; ++i) {
      group.start([&] {
        ++parked;
        touch_and_wait<bytes>(go_on);
      });
      if (i % 100 == 0) yield();
    }
    while (parked < kMany) yield();
    each = static_cast<double>(resident_kib() - before) / kMany;
    for (int i = 0; i < kMany; ++i) go_on.release();
    group.join();
  });
  return each;
}

// In processes of their own (a case is one), so that none finds pages that another has touched.
void idle_costs_what_it_touched() {
  const double each = resident_kib_each<64>();
  std::fprintf(stderr, "# an idle coroutine keeps %.2f KiB resident\n", each);
  CHECK(each >= 4);
  CHECK(each < 9);  // a page or two, of the sixteen
}

void deeper_costs_as_many_pages_more() {
  const double each = resident_kib_each<32 * kKib>();
  std::fprintf(stderr, "# one that touched 32 KiB keeps %.2f KiB resident\n", each);
  CHECK(each >= 32);
  CHECK(each < 32 + 9);
}

#endif

// A processor's cache holds 64, takes 32 when it is empty and gives 32 away when it is full.
void caches_take_and_give_32() {
  StackCache cache;
  std::vector<Stack> taken;
  for (int i = 0; i < 100; ++i) taken.push_back(cache.take());
  StackUse use = stack_use();
  CHECK_EQUAL(use.mapped, 128u);
  CHECK_EQUAL(use.warm + use.cold, 0u);  // 128 are in the cache or taken: 4 times 32
  for (const Stack stack : taken) cache.give_back(stack);
  use = stack_use();
  CHECK_EQUAL(use.warm, 64u);
  CHECK_EQUAL(use.cold, 0u);
  cache.drain();
  CHECK_EQUAL(stack_use().warm, 128u);
}

// Where every guard splits a mapping, stacks get one as long as there is room for the mappings of
// the rest of the process; that there is none any more is said once.
void guards_run_out_on_an_old_kernel() {
  constexpr std::size_t kStacks = 40'000;
  constexpr std::uint64_t kGuards = 24'000;
  int said[2];
  CHECK(pipe(said) == 0);
  const int own_stderr = dup(STDERR_FILENO);
  dup2(said[1], STDERR_FILENO);
  pretend_old_kernel(true);
  StackCache cache;
  std::vector<Stack> taken;
  for (std::size_t i = 0; i < kStacks; ++i) {
    taken.push_back(cache.take());
    CHECK(taken.back().top != nullptr);
  }
  dup2(own_stderr, STDERR_FILENO);
  close(said[1]);
  const std::string text = all_of(said[0]);
  CHECK_EQUAL(count_of(text, "vm.max_map_count has no room"), 1u);
  CHECK_EQUAL(count_of(text, "\n"), 1u);
  const StackUse use = stack_use();
  CHECK(use.mapped >= kStacks);
  CHECK_EQUAL(use.mapped - use.unguarded, kGuards);
  // The next mapping is still possible.
  for (const Stack stack : taken) cache.give_back(stack);
  cache.drain();
  CHECK_EQUAL(stack_use().warm, 1'024u);
  CHECK_EQUAL(stack_use().cold, use.mapped - 1'024u);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<check::Case> cases = {
#if !defined(IOMODELS_ASAN) && !defined(IOMODELS_TSAN)
    {"process needs less than 4 KiB of its stack", process_needs_less_than_a_page},
    {"printing needs less than 8 KiB of stack", printing_needs_less_than_8_kib},
    {"names and numbers need at most 40 KiB of stack", names_and_numbers_need_at_most_40_kib},
    {"a large frame meets the guard", large_frame_meets_the_guard},
    {"guards stay when pages go", [] { guards_stay_when_pages_go(false); }},
    {"guards stay when pages go, on an old kernel", [] { guards_stay_when_pages_go(true); }},
    {"an idle coroutine costs the pages it touched", idle_costs_what_it_touched},
    {"a deeper one costs as many pages more", deeper_costs_as_many_pages_more},
#endif
    {"caches take and give 32 stacks", caches_take_and_give_32},
    {"guards run out on an old kernel, and it is said once", guards_run_out_on_an_old_kernel},
  };
  return check::run(argc, argv, cases);
}
