// lean-stacks: idle connections cost far less than a page, and nothing wakes up for them.
#include <sys/resource.h>

#include <algorithm>
#include <memory>

#include "gonet/talk.hpp"

namespace {

using namespace tools;

std::uint64_t resident_bytes() {
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen("/proc/self/smaps_rollup", "r"), fclose);
  if (!file) check::skip("/proc/self/smaps_rollup cannot be read");
  unsigned long long kib = 0;
  for (char line[200]; std::fgets(line, sizeof line, file.get()) != nullptr;) {
    if (std::sscanf(line, "Rss: %llu", &kib) == 1) return kib * 1024;
  }
  check::fail("no Rss in smaps_rollup");
}

// As many connections as may be open with both ends in this process, at most 10,000.
std::size_t most_connections() {
  rlimit limit{};
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  constexpr rlim_t kOthers = 100;
  if (limit.rlim_cur < 2000 + kOthers) check::skip("2,100 open files are not allowed");
  return std::min<std::size_t>((limit.rlim_cur - kOthers) / 2, 10'000);
}

void echo(Conn conn) {
  keep_stack_private();
  for (;;) {
    char byte;
    if (!conn.read(&byte, 1).ok() || !conn.write(&byte, 1).ok()) return;
  }
}

// Until a whole second has passed in which nothing of the runtime woke up; then ends the main
// coroutine's read.
void* wait_for_silence(void* peer) {
  const auto wakes = [] {
    const StatTotals totals = stat_totals();
    return totals.sysmon_rounds + totals.polls_blocking + totals.worker_wakes;
  };
  for (std::uint64_t before = wakes(), now = before + 1; now != before; now = wakes()) {
    before = wakes();
    usleep(1'000'000);
  }
  (void)!::write(*static_cast<int*>(peer), "x", 1);
  return nullptr;
}

void become_silent() {
  const auto [own, other] = socket_pair();
  Conn conn = conn_of(own);
  int peer = other;
  pthread_t observer;
  CHECK(pthread_create(&observer, nullptr, wait_for_silence, &peer) == 0);
  char byte;
  CHECK(conn.read(&byte, 1).ok());
  pthread_join(observer, nullptr);
  ::close(other);
}

void idle_connections_are_small(unsigned workers) {
  if (!kStacksCanBePacked) check::skip("stacks are not packed in a build for this sanitizer");
  tuning.lean_stacks = true;
  tuning.small_descriptors = true;
  sweep_without_pause(false);
  in_run(workers, [n = most_connections()] {
    std::vector<int> peers(n, -1);
    Group group;
    const std::uint64_t before = resident_bytes();
    for (int& peer : peers) {
      const auto [own, other] = socket_pair();
      peer = other;
      group.start([conn = conn_of(own)]() mutable { echo(std::move(conn)); });
    }
    become_silent();
    CHECK_EQUAL(stat_totals().stacks_packed, n);
    const std::uint64_t bytes = (resident_bytes() - before) / n;
    std::fprintf(stderr, "# %llu bytes for each of %zu idle connections\n",
                 (unsigned long long)bytes, n);
    CHECK(bytes < 2'000);
    for (const int peer : peers) CHECK(::write(peer, "x", 1) == 1);
    for (const int peer : peers) {
      char byte = 0;
      until([&] { return ::read(peer, &byte, 1) == 1; });
      CHECK(byte == 'x');
    }
    CHECK_EQUAL(stat_totals().stacks_unpacked, n);
    become_silent();
    CHECK_EQUAL(stat_totals().stacks_packed, 2 * n);
    CHECK((resident_bytes() - before) / n < 2'000);
    for (const int peer : peers) ::close(peer);
    group.join();
  });
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<check::Case> cases;
  check::add(cases, "10,000 idle connections are small and silent", idle_connections_are_small);
  return check::run(argc, argv, cases);
}
