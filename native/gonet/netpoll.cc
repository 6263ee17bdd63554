#include "netpoll.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/sys.hpp"
#include "core/sys_runtime.hpp"
#include "descriptor_pool.hpp"
#include "hooks.hpp"
#include "worker.hpp"

namespace iomodels::gonet::netpoll {
namespace {

// Addresses of descriptors end in zeros, and user space has 48 bits of them: the other bits carry
// the sequence number, so that an event names the use of its descriptor.
constexpr unsigned kAlignBits = descriptor_pool::kAlignBits;
constexpr std::uintptr_t kBreakTag = 0;  // no descriptor is at address 0
static_assert(48 - kAlignBits + PollDesc::kSequenceBits == 64);

struct State {
  Mutex start_mutex;
  std::atomic<bool> is_started{false};
  int epoll = -1;  // constant once it is started, as the next
  int event_fd = -1;
  alignas(64) std::atomic<bool> interrupted{false};  // the eventfd is readable, or about to be
  alignas(64) std::atomic<int> waiters{0};
};
State state;

[[noreturn]] void fail(const char* call) {
  std::fprintf(stderr, "gonet: %s: %s\n", call, std::strerror(errno));
  std::abort();
}

PollDesc* descriptor_of(std::uintptr_t tag) {
  return reinterpret_cast<PollDesc*>(tag >> PollDesc::kSequenceBits << kAlignBits);
}

std::uint32_t sequence_of(std::uintptr_t tag) {
  return static_cast<std::uint32_t>(tag) & ((1u << PollDesc::kSequenceBits) - 1);
}

// A poll that does not wait leaves the interruption to the blocking one, for which it is meant.
void on_break(bool is_blocking) {
  if (!is_blocking) return;
  sys::event_fd_clear(state.event_fd);
  state.interrupted.store(false);
}

}  // namespace

int epoll_number() { return state.epoll; }

void* tag_of(const PollDesc& descriptor) {
  const auto address = reinterpret_cast<std::uintptr_t>(&descriptor);
  return reinterpret_cast<void*>((address >> kAlignBits << PollDesc::kSequenceBits) |
                                 descriptor.sequence());
}

// Rounded down, but at least a millisecond while there is any delay: polls of 0 would spin until
// the deadline.
int timeout_ms(std::int64_t delay_ns) {
  constexpr std::int64_t kNsPerMs = 1'000'000;
  constexpr std::int64_t kMaxMs = 1'000'000'000;
  if (delay_ns < 0) return -1;
  if (delay_ns == 0) return 0;
  if (delay_ns < kNsPerMs) return 1;
  const std::int64_t ms = delay_ns / kNsPerMs;
  return static_cast<int>(ms < kMaxMs ? ms : kMaxMs);
}

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

PollDesc* open(int fd, std::uint32_t events, int& error) {
  start();
  PollDesc* const descriptor = descriptor_pool::take();
  if (descriptor == nullptr) {
    error = ENOMEM;
    return nullptr;
  }
  descriptor->open();
  if (sys::epoll_add(state.epoll, fd, tag_of(*descriptor), events)) return descriptor;
  error = errno;
  descriptor->retire();
  descriptor_pool::give_back(descriptor);
  return nullptr;
}

void close(int fd, PollDesc* descriptor) {
  sys::epoll_remove(state.epoll, fd);
  descriptor->retire();
  descriptor_pool::give_back(descriptor);
}

CoroutineList deliver(const epoll_event* events, int n, bool is_blocking) {
  CoroutineList ready;
  if (n == 0) return ready;
  reach(Point::between_poll_and_dispatch);
  Stats& stats = Worker::current().stats;
  for (int i = 0; i < n; ++i) {
    const auto tag = reinterpret_cast<std::uintptr_t>(events[i].data.ptr);
    if (tag == kBreakTag) {
      on_break(is_blocking);
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
