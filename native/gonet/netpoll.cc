#include "netpoll.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/sys.hpp"
#include "core/sys_runtime.hpp"
#include "hooks.hpp"
#include "worker.hpp"

namespace iomodels::gonet::netpoll {
namespace {

constexpr int kEventsPerPoll = 128;
constexpr std::size_t kBlockBytes = 4096;
constexpr std::size_t kPerBlock = kBlockBytes / sizeof(PollDesc);
// Addresses of descriptors end in seven zeros, and user space has 48 bits of them: what is left
// carries the sequence number, so that an event tells for which use of its descriptor it was.
constexpr unsigned kAlignBits = 7;
constexpr std::uintptr_t kBreakTag = 0;  // no descriptor is at address 0
static_assert(alignof(PollDesc) == 1u << kAlignBits);
static_assert(48 - kAlignBits + PollDesc::kSequenceBits == 64);

struct State {
  Mutex start_mutex;
  std::atomic<bool> is_started{false};
  int epoll = -1;
  int event_fd = -1;
  std::atomic<bool> interrupted{false};  // the eventfd is readable, or about to be
  std::atomic<int> waiters{0};
  ProcessorMutex free_mutex;
  PollDesc* free = nullptr;  // last retired, first used again
};
State state;

[[noreturn]] void fail(const char* call) {
  std::fprintf(stderr, "gonet: %s: %s\n", call, std::strerror(errno));
  std::abort();
}

void* tag_of(const PollDesc* descriptor, std::uint32_t sequence) {
  const auto address = reinterpret_cast<std::uintptr_t>(descriptor);
  return reinterpret_cast<void*>((address >> kAlignBits << PollDesc::kSequenceBits) | sequence);
}

PollDesc* descriptor_of(std::uintptr_t tag) {
  return reinterpret_cast<PollDesc*>(tag >> PollDesc::kSequenceBits << kAlignBits);
}

std::uint32_t sequence_of(std::uintptr_t tag) {
  return static_cast<std::uint32_t>(tag) & ((1u << PollDesc::kSequenceBits) - 1);
}

void push_free(PollDesc* descriptor) {
  const Locked lock(state.free_mutex);
  descriptor->next_free = state.free;
  state.free = descriptor;
}

PollDesc* pop_free() {
  const Locked lock(state.free_mutex);
  if (state.free == nullptr) {
    void* const block = std::aligned_alloc(kBlockBytes, kBlockBytes);
    if (block == nullptr) return nullptr;
    auto* const descriptors = static_cast<PollDesc*>(block);
    for (std::size_t i = 0; i < kPerBlock; ++i) {
      PollDesc* const fresh = new (descriptors + i) PollDesc;
      fresh->next_free = state.free;
      state.free = fresh;
    }
  }
  PollDesc* const first = state.free;
  state.free = first->next_free;
  return first;
}

// A deadline is never missed by less than a millisecond's sleep, and never busily waited for.
int timeout_ms(std::int64_t delay_ns) {
  constexpr std::int64_t kNsPerMs = 1'000'000;
  constexpr std::int64_t kMaxMs = 1'000'000'000;
  if (delay_ns < 0) return -1;
  if (delay_ns == 0) return 0;
  if (delay_ns < kNsPerMs) return 1;
  const std::int64_t ms = delay_ns / kNsPerMs;
  return static_cast<int>(ms < kMaxMs ? ms : kMaxMs);
}

// A poll that does not wait leaves the interruption to the one for which it is meant.
void on_break(bool is_blocking) {
  if (!is_blocking) return;
  sys::event_fd_clear(state.event_fd);
  state.interrupted.store(false);
}

}  // namespace

bool is_started() { return state.is_started.load(std::memory_order_acquire); }

void start() {
  if (is_started()) return;
  const Locked lock(state.start_mutex);
  if (is_started()) return;
  state.epoll = sys::epoll_create();
  if (state.epoll < 0) fail("epoll_create1");
  state.event_fd = sys::event_fd();
  if (state.event_fd < 0) fail("eventfd");
  if (!sys::epoll_add_level(state.epoll, state.event_fd, reinterpret_cast<void*>(kBreakTag))) {
    fail("epoll_ctl of the eventfd");
  }
  state.is_started.store(true, std::memory_order_release);
}

PollDesc* open(int fd, int& error) {
  start();
  PollDesc* const descriptor = pop_free();
  if (descriptor == nullptr) {
    error = ENOMEM;
    return nullptr;
  }
  if (sys::epoll_add(state.epoll, fd, tag_of(descriptor, descriptor->open()))) return descriptor;
  error = errno;
  descriptor->retire();
  push_free(descriptor);
  return nullptr;
}

void close(int fd, PollDesc* descriptor) {
  sys::epoll_remove(state.epoll, fd);
  descriptor->retire();
  push_free(descriptor);
}

CoroutineList poll(std::int64_t delay_ns) {
  epoll_event events[kEventsPerPoll];
  CoroutineList ready;
  const int n = sys::epoll_wait(state.epoll, events, kEventsPerPoll, timeout_ms(delay_ns));
  if (n == 0) return ready;
  reach(Point::between_poll_and_dispatch);
  Stats& stats = Worker::current().stats;
  for (int i = 0; i < n; ++i) {
    const auto tag = reinterpret_cast<std::uintptr_t>(events[i].data.ptr);
    if (tag == kBreakTag) {
      on_break(delay_ns != 0);
      continue;
    }
    stats.poll_events.add();
    descriptor_of(tag)->on_event(events[i].events, sequence_of(tag), ready);
  }
  return ready;
}

void interrupt() {
  if (state.interrupted.exchange(true)) return;
  Worker::current().stats.breaks.add();
  sys::event_fd_add(state.event_fd);
}

void add_waiters(int difference) {
  if (difference != 0) state.waiters.fetch_add(difference);
}
int waiters() { return state.waiters.load(); }

}  // namespace iomodels::gonet::netpoll
