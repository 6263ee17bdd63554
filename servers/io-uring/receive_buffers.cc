#include "receive_buffers.hpp"

#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>

#include "core/process.hpp"
#include "core/server.hpp"

namespace iomodels {
namespace {

// A power of two. Too few would only cost operations: a receive that finds none is submitted again.
constexpr unsigned kBuffers = 1024;

#ifndef IORING_CQE_F_BUFFER
#define IORING_CQE_F_BUFFER (1U << 0)
#endif
constexpr unsigned kNumberShift = 16;  // IORING_CQE_BUFFER_SHIFT

char* map(std::size_t size) {
  void* const memory =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) Server::fail(std::string("mmap of buffers: ") + std::strerror(errno));
  return static_cast<char*>(memory);
}

}  // namespace

void ReceiveBuffers::open(Ring& ring) {
  entries_ = reinterpret_cast<Entry*>(map(kBuffers * sizeof(Entry)));
  memory_ = map(kBuffers * kReadBufferBytes);
  ring.register_buffers(entries_, kBuffers);
  for (unsigned i = 0; i < kBuffers; ++i) give(static_cast<std::uint16_t>(i));
}

std::string_view ReceiveBuffers::received(int result, std::uint32_t flags) const {
  const std::size_t number = flags >> kNumberShift;
  return {memory_ + number * kReadBufferBytes, static_cast<std::size_t>(result)};
}

void ReceiveBuffers::give_back(std::uint32_t flags) {
  if ((flags & IORING_CQE_F_BUFFER) != 0) give(static_cast<std::uint16_t>(flags >> kNumberShift));
}

void ReceiveBuffers::give(std::uint16_t number) {
  Entry& entry = entries_[tail_ % kBuffers];
  entry.address = reinterpret_cast<std::uint64_t>(memory_ + number * kReadBufferBytes);
  entry.bytes = kReadBufferBytes;
  entry.number = number;
  std::atomic_ref<std::uint16_t>(entries_[0].tail).store(++tail_, std::memory_order_release);
}

}  // namespace iomodels
