#include "netpoll.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/sys.hpp"

namespace iomodels::gonet {
namespace {

constexpr int kEventsPerPoll = 128;  // as Go's netpoll
constexpr std::uint32_t kReadEvents = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t kWriteEvents = EPOLLOUT | EPOLLHUP | EPOLLERR;

// epoll keeps a descriptor's address and, in the 16 bits that an address leaves free, its sequence
// number.
std::uintptr_t tag(const PollDesc* descriptor) {
  return reinterpret_cast<std::uintptr_t>(descriptor) |
         (static_cast<std::uintptr_t>(descriptor->sequence & 0xffffu) << 48);
}

PollDesc* descriptor_of(std::uintptr_t tagged) {
  return reinterpret_cast<PollDesc*>(tagged & 0x0000ffffffffffffu);
}

void push(Coroutine*& list, Coroutine* coroutine) {
  if (coroutine == nullptr) return;
  coroutine->next = list;
  list = coroutine;
}

}  // namespace

Netpoll& Netpoll::instance() {
  static Netpoll netpoll;
  return netpoll;
}

Netpoll::Netpoll() : epoll_(sys::epoll_create()) {
  if (epoll_ >= 0) return;
  std::fprintf(stderr, "gonet: epoll_create1: %s\n", std::strerror(errno));
  std::abort();
}

PollDesc* Netpoll::open(int fd) {
  PollDesc* descriptor = free_;
  if (descriptor == nullptr) {
    descriptor = new PollDesc;
  } else {
    free_ = descriptor->next_free;
    descriptor->reader.reset();
    descriptor->writer.reset();
  }
  if (sys::epoll_add(epoll_, fd, reinterpret_cast<void*>(tag(descriptor)))) return descriptor;
  descriptor->next_free = free_;
  free_ = descriptor;
  return nullptr;
}

void Netpoll::close(int fd, PollDesc* descriptor) {
  sys::epoll_remove(epoll_, fd);
  ++descriptor->sequence;
  descriptor->next_free = free_;
  free_ = descriptor;
}

Coroutine* Netpoll::poll(int timeout_ms) {
  epoll_event events[kEventsPerPoll];
  const int n = sys::epoll_wait(epoll_, events, kEventsPerPoll, timeout_ms);
  Coroutine* list = nullptr;
  for (int i = 0; i < n; ++i) {
    const auto tagged = reinterpret_cast<std::uintptr_t>(events[i].data.ptr);
    PollDesc* const descriptor = descriptor_of(tagged);
    if (tag(descriptor) != tagged) continue;  // of a descriptor that was closed meanwhile
    if ((events[i].events & kReadEvents) != 0) push(list, descriptor->reader.unblock());
    if ((events[i].events & kWriteEvents) != 0) push(list, descriptor->writer.unblock());
  }
  return list;
}

}  // namespace iomodels::gonet
