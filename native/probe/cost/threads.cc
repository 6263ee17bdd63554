// What it costs to go from one thread to another: two threads wake each other in turn, by pipe, by
// eventfd or by futex.
//
//   first    wake the second, sleep                     -> the second runs
//   second   touch its memory, wake the first, sleep    -> the first runs, touches its own, ...
//
// A hop is one wake-up, one sleep and one touch. Before that, the first thread alone makes the same
// calls without a switch: it wakes nobody, and what it waits for is there. It touches one working
// set, its own, which stays in the cache: the difference is the switch and the reload of a working
// set.
//
// Both threads are SCHED_BATCH: a woken thread never preempts the one that woke it, which runs
// until it sleeps. So every hop is one voluntary switch, and can be checked.
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <vector>

#include "probe.hpp"

namespace iomodels::probe {
namespace {

// One direction of the two: wake lets one wait return.
class Pipe {
 public:
  Pipe() {
    if (pipe2(fds_, O_CLOEXEC) != 0) fail("pipe2");
  }
  void wake() {
    const char byte = 0;
    if (write(fds_[1], &byte, 1) != 1) fail("write to a pipe");
  }
  void wait() {
    char byte = 0;
    if (read(fds_[0], &byte, 1) != 1) fail("read from a pipe");
  }

 private:
  int fds_[2];
};

class EventFd {
 public:
  EventFd() : fd_(eventfd(0, EFD_CLOEXEC)) {
    if (fd_ < 0) fail("eventfd");
  }
  void wake() {
    if (eventfd_write(fd_, 1) != 0) fail("write to an eventfd");
  }
  void wait() {
    eventfd_t value = 0;
    if (eventfd_read(fd_, &value) != 0) fail("read from an eventfd");
  }

 private:
  int fd_;
};

class Futex {
 public:
  void wake() {
    word_.store(1);
    call(FUTEX_WAKE_PRIVATE, 1);
  }
  // Always makes the call, also when there is nothing to wait for: a hop must be the same with and
  // without a switch.
  void wait() {
    do {
      call(FUTEX_WAIT_PRIVATE, 0);
    } while (word_.load() == 0);
    word_.store(0);
  }

 private:
  void call(int operation, int value) {
    syscall(SYS_futex, &word_, operation, value, nullptr, nullptr, 0);
  }
  std::atomic<int> word_{0};
};

constexpr std::size_t kCacheLine = 64;

// Reads a byte of every cache line.
class WorkingSet {
 public:
  explicit WorkingSet(std::size_t bytes) : memory_(bytes, 1) {}
  void touch() {
    std::uint64_t sum = 0;
    const volatile char* const bytes = memory_.data();
    for (std::size_t at = 0; at < memory_.size(); at += kCacheLine) {
      sum += static_cast<unsigned char>(bytes[at]);
    }
    sum_ = sum;
  }

 private:
  std::vector<char> memory_;
  volatile std::uint64_t sum_ = 0;
};

template <class Wake>
struct Game {
  Wake to_second;
  Wake to_first;
  std::atomic<bool> is_over{false};
  std::size_t bytes = 0;
  int cpu = 0;
};

void be_batch() {
  const sched_param none{};
  if (sched_setscheduler(0, SCHED_BATCH, &none) != 0) fail("sched_setscheduler");
}

template <class Wake>
void* second_thread(void* argument) {
  auto& game = *static_cast<Game<Wake>*>(argument);
  pin_to(game.cpu);
  be_batch();
  WorkingSet memory(game.bytes);
  memory.touch();
  game.to_first.wake();
  for (;;) {
    game.to_second.wait();
    if (game.is_over.load()) return nullptr;
    memory.touch();
    game.to_first.wake();
  }
}

// Reading the clock must cost little, and a large working set must not make the last batch long.
int rounds_per_batch(std::size_t bytes) { return bytes <= 16384 ? 64 : 1; }

rusage usage() {
  rusage now{};
  if (getrusage(RUSAGE_SELF, &now) != 0) fail("getrusage");
  return now;
}

template <class Wake>
Cost same_calls(const Request& request) {
  Wake wake;
  WorkingSet memory(request.bytes);
  return timed(request.ns / 2, [&] {
    const int rounds = rounds_per_batch(request.bytes);
    for (int i = 0; i < 2 * rounds; ++i) {
      wake.wake();
      wake.wait();
      memory.touch();
    }
    return 2 * rounds;
  });
}

template <class Wake>
Sample ping_pong(const Request& request) {
  be_batch();
  Sample sample;
  sample.same_calls = same_calls<Wake>(request);
  Game<Wake> game;
  game.bytes = request.bytes;
  game.cpu = request.other_cpu < 0 ? request.cpu : request.other_cpu;
  pthread_t second;
  if (pthread_create(&second, nullptr, second_thread<Wake>, &game) != 0) fail("pthread_create");
  game.to_first.wait();  // until it is there
  WorkingSet memory(request.bytes);
  std::uint64_t rounds = 0;
  const auto batch = [&] {
    const int n = rounds_per_batch(request.bytes);
    for (int i = 0; i < n; ++i) {
      game.to_second.wake();
      game.to_first.wait();
      memory.touch();
    }
    rounds += static_cast<std::uint64_t>(n);
    return 2 * n;
  };
  const rusage before = usage();
  sample.cost = timed(request.ns, batch);
  const rusage after = usage();
  sample.switches =
      Switches{2 * rounds, static_cast<std::uint64_t>(after.ru_nvcsw - before.ru_nvcsw),
               static_cast<std::uint64_t>(after.ru_nivcsw - before.ru_nivcsw)};
  game.is_over.store(true);
  game.to_second.wake();
  pthread_join(second, nullptr);
  return sample;
}

}  // namespace

Sample thread_pipe(const Request& request) { return ping_pong<Pipe>(request); }
Sample thread_eventfd(const Request& request) { return ping_pong<EventFd>(request); }
Sample thread_futex(const Request& request) { return ping_pong<Futex>(request); }

}  // namespace iomodels::probe
