#include "ring.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "core/held.hpp"
#include "core/server.hpp"

// Their numbers on all architectures; older headers do not name them.
#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#define SYS_io_uring_enter 426
#define SYS_io_uring_register 427
#endif

namespace iomodels {
namespace {

// Operations between two waits, and outcomes: more than that cost one system call more, and lose no
// outcome.
constexpr unsigned kOperations = 1024;
constexpr unsigned kOutcomes = 8192;

// Of Linux 5.19 to 6.1; older headers do not have them.
constexpr unsigned kCoopTaskrun = 1u << 8;
constexpr unsigned kSingleIssuer = 1u << 12;  // came with multishot receive: a test for it
constexpr unsigned kDeferTaskrun = 1u << 13;
constexpr unsigned kRegisterBufferRing = 22;

// struct io_uring_buf_reg, which is as young.
struct BufferRegistration {
  std::uint64_t entries;
  std::uint32_t count;
  std::uint16_t group;
  std::uint16_t flags;
  std::uint64_t reserved[3];
};

constexpr int kUnavailable = 69;  // EX_UNAVAILABLE of sysexits.h

[[noreturn]] void unavailable(const char* call, int error) {
  const char* const why = error == ENOSYS ? "this kernel has no io_uring"
                          : error == EPERM
                              ? "the kernel forbids io_uring: kernel.io_uring_disabled, "
                                "or the seccomp filter of a container"
                              : "multishot receive needs Linux 6.0 or newer";
  std::fprintf(stderr, "%s: %s: %s: %s\n", model.variant, call, std::strerror(error), why);
  std::_Exit(kUnavailable);
}

bool is_unavailable(int error) { return error == ENOSYS || error == EPERM || error == EINVAL; }

int setup(io_uring_params& params, unsigned flags) {
  params = {};
  params.flags = flags | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
  params.cq_entries = kOutcomes;
  return static_cast<int>(syscall(SYS_io_uring_setup, kOperations, &params));
}

char* map_ring(int ring, std::size_t size, std::uint64_t what) {
  void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring,
                            static_cast<off_t>(what));
  if (memory == MAP_FAILED) Server::fail(std::string("mmap of a ring: ") + std::strerror(errno));
  return static_cast<char*>(memory);
}

unsigned load(unsigned* word) {
  return std::atomic_ref<unsigned>(*word).load(std::memory_order_acquire);
}

void store(unsigned* word, unsigned value) {
  std::atomic_ref<unsigned>(*word).store(value, std::memory_order_release);
}

// Objects with a virtual function are aligned to 8 bytes: the operation fits below.
constexpr std::uint64_t kOperationBits = 7;

}  // namespace

void Ring::open() {
  io_uring_params params;
  // The kernel works for this thread when the thread waits, and does not interrupt it; Linux 6.0
  // can do the second only.
  ring_ = setup(params, kSingleIssuer | kDeferTaskrun);
  if (ring_ < 0 && errno == EINVAL) ring_ = setup(params, kSingleIssuer | kCoopTaskrun);
  if (ring_ < 0 && is_unavailable(errno)) unavailable("io_uring_setup", errno);
  if (ring_ < 0) Server::fail(std::string("io_uring_setup: ") + std::strerror(errno));
  map(params);
}

void Ring::map(const io_uring_params& params) {
  const std::size_t submit_bytes = params.sq_off.array + params.sq_entries * sizeof(unsigned);
  const std::size_t complete_bytes = params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe);
  // Both queues are in one piece of memory (IORING_FEAT_SINGLE_MMAP, Linux 5.4).
  const std::size_t bytes = submit_bytes > complete_bytes ? submit_bytes : complete_bytes;
  char* const queues = map_ring(ring_, bytes, IORING_OFF_SQ_RING);
  const auto word = [queues](unsigned offset) {
    return reinterpret_cast<unsigned*>(queues + offset);
  };
  kernel_submit_head_ = word(params.sq_off.head);
  kernel_submit_tail_ = word(params.sq_off.tail);
  kernel_complete_head_ = word(params.cq_off.head);
  kernel_complete_tail_ = word(params.cq_off.tail);
  submit_mask_ = params.sq_entries - 1;
  complete_mask_ = params.cq_entries - 1;
  outcomes_ = reinterpret_cast<const io_uring_cqe*>(queues + params.cq_off.cqes);
  operations_ = reinterpret_cast<io_uring_sqe*>(
      map_ring(ring_, params.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES));
  // Operations are submitted in the order of their places.
  for (unsigned i = 0; i < params.sq_entries; ++i) word(params.sq_off.array)[i] = i;
}

void Ring::register_buffers(const void* entries, unsigned count) {
  BufferRegistration registration{reinterpret_cast<std::uint64_t>(entries), count, 0, 0, {}};
  iomodels::counters().syscalls.add();
  if (syscall(SYS_io_uring_register, ring_, kRegisterBufferRing, &registration, 1) == 0) return;
  if (is_unavailable(errno)) unavailable("io_uring_register", errno);
  Server::fail(std::string("io_uring_register: ") + std::strerror(errno));
}

std::uint64_t Ring::tag(Operation operation, const Completer* completer) {
  return reinterpret_cast<std::uint64_t>(completer) | static_cast<std::uint64_t>(operation);
}

io_uring_sqe& Ring::prepare(unsigned code, int fd, Operation operation, Completer* completer) {
  while (submit_tail_ - load(kernel_submit_head_) > submit_mask_) enter(0);
  io_uring_sqe& place = operations_[submit_tail_++ & submit_mask_];
  std::memset(&place, 0, sizeof place);
  place.opcode = static_cast<std::uint8_t>(code);
  place.fd = fd;
  place.user_data = completer == nullptr ? 0 : tag(operation, completer);
  held::hold(fd, completer);
  counters_.submissions.add();
  return place;
}

// wanted: so many outcomes are waited for.
void Ring::enter(unsigned wanted) {
  store(kernel_submit_tail_, submit_tail_);
  for (;;) {
    const unsigned count = submit_tail_ - load(kernel_submit_head_);
    counters_.enters.add();
    iomodels::counters().syscalls.add();
    const long taken =
        syscall(SYS_io_uring_enter, ring_, count, wanted, IORING_ENTER_GETEVENTS, nullptr, 0);
    if (taken >= 0) return;
    // EBUSY and EAGAIN: the kernel has no room for more until some outcomes are taken.
    if (errno == EBUSY || errno == EAGAIN) return;
    if (errno != EINTR) Server::fail(std::string("io_uring_enter: ") + std::strerror(errno));
  }
}

void Ring::wait() {
  enter(1);
  // Taken one by one: what is done with one may prepare more operations, and so enter.
  for (unsigned head = *kernel_complete_head_; head != load(kernel_complete_tail_);) {
    const io_uring_cqe outcome = outcomes_[head & complete_mask_];
    store(kernel_complete_head_, ++head);
    counters_.completions.add();
    if (outcome.user_data == 0) continue;
    auto* const completer = reinterpret_cast<Completer*>(outcome.user_data & ~kOperationBits);
    const auto operation = static_cast<Operation>(outcome.user_data & kOperationBits);
    completer->on_completion(operation, outcome.res, outcome.flags);
  }
}

}  // namespace iomodels
