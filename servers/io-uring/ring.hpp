// io_uring: a queue of submitted operations and a queue of their outcomes, in memory that the
// kernel shares. One system call submits everything that was prepared and waits for outcomes. Uses
// the kernel's own interface, so that nothing has to be installed.
//
// A ring belongs to the thread that opened it.
#pragma once

#include <linux/io_uring.h>

#include <cstdint>

#include "core/counters.hpp"

// Of Linux 5.19 to 6.1; older headers do not have them.
#ifndef IORING_ACCEPT_MULTISHOT
#define IORING_ACCEPT_MULTISHOT (1U << 0)
#endif
#ifndef IORING_RECV_MULTISHOT
#define IORING_RECV_MULTISHOT (1U << 1)
#endif
#ifndef IORING_CQE_F_MORE
#define IORING_CQE_F_MORE (1U << 1)
#endif
#ifndef IOSQE_CQE_SKIP_SUCCESS
#define IOSQE_CQE_SKIP_SUCCESS (1U << 6)
#endif

namespace iomodels {

// A submitted operation; it comes back with its outcome.
enum class Operation : std::uint8_t { accept, receive, send, connect, sleep, close, hand_over };

class Completer {
 public:
  virtual ~Completer() = default;
  // result is what the system call of the same name returns: -errno below 0. flags: IORING_CQE_F_….
  virtual void on_completion(Operation operation, int result, std::uint32_t flags) = 0;
};

// One thread writes, the control thread reads.
struct RingCounters {
  Counter enters;       // system calls
  Counter submissions;  // operations asked for
  Counter completions;
};

class Ring {
 public:
  Ring() = default;
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Ends the process with exit status 69 and one line on stderr where the kernel has no io_uring
  // that this server can use, or forbids it.
  void open();
  int number() const { return ring_; }
  const RingCounters& counters() const { return counters_; }

  // Where to write an operation, which is submitted with the next wait. All of it is zero but the
  // operation's code and descriptor, and who gets the outcome: null for nobody.
  io_uring_sqe& prepare(unsigned code, int fd, Operation operation, Completer* completer);
  // The name of an operation, for another one that refers to it.
  static std::uint64_t tag(Operation operation, const Completer* completer);

  // Submits what is prepared, waits for at least one outcome, hands out all that are there.
  void wait();

  // Gives the kernel memory to receive into, as group 0: entries is a ring of so many descriptions.
  void register_buffers(const void* entries, unsigned count);

 private:
  void map(const io_uring_params& params);
  void enter(unsigned wanted);

  int ring_ = -1;
  RingCounters counters_;
  unsigned submit_mask_ = 0;
  unsigned submit_tail_ = 0;  // ours; the kernel's copy is written in enter
  unsigned complete_mask_ = 0;
  io_uring_sqe* operations_ = nullptr;
  const io_uring_cqe* outcomes_ = nullptr;
  unsigned* kernel_submit_head_ = nullptr;
  unsigned* kernel_submit_tail_ = nullptr;
  unsigned* kernel_complete_head_ = nullptr;
  unsigned* kernel_complete_tail_ = nullptr;
};

}  // namespace iomodels
