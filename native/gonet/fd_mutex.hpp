// Who may use a file descriptor, and when it is really closed: one reader and one writer at a time,
// any number of other calls, and one close; then the last call to end closes it.
//
// One word, and two semaphores for the calls that wait for a lock:
//
//   bits     field              changed by
//   0        closed             close
//   1, 2     read, write lock   lock takes it, or joins the waiters; unlock
//   3-22     references         each call in progress holds one; close holds one until it has woken
//                               everybody
//   23-42    waiting readers    lock adds itself; an unlock, or the close, takes it off and wakes
//                               it
//   43-62    waiting writers    the same
#pragma once

#include <atomic>
#include <cstdint>

#include "poll_desc.hpp"
#include "semaphore.hpp"

namespace iomodels::gonet {

class FdMutex {
 public:
  // False when it is closed, in all that return bool but say otherwise.
  bool reference();
  bool lock(Mode mode) {  // read or write
    const std::uint64_t old = state_.load();
    const std::uint64_t bit = lock_bit(mode);
    // The common case: nobody uses it.
    if ((old & (kClosed | bit | kReferences)) == 0 &&
        exchange_if(state_, old, (old | bit) + kReference)) {
      return true;
    }
    return lock_slowly(mode);
  }
  // Marks it closed, takes a reference and wakes all who wait for a lock: they find it closed.
  bool reference_and_close();

  // True when this was the last reference and it is closed: the caller must destroy the descriptor.
  bool release();
  bool unlock(Mode mode) {
    const std::uint64_t old = state_.load();
    const std::uint64_t bit = lock_bit(mode);
    if (old == (bit | kReference) && exchange_if(state_, old, std::uint64_t{0})) return false;
    return unlock_slowly(mode);
  }

 private:
  static constexpr std::uint64_t kClosed = 1u << 0;
  static constexpr std::uint64_t kReadLock = 1u << 1;
  static constexpr std::uint64_t kWriteLock = 1u << 2;
  static constexpr std::uint64_t kReference = 1u << 3;
  static constexpr std::uint64_t kReferences = 0xfffffull << 3;
  static constexpr std::uint64_t kReadWait = 1ull << 23;
  static constexpr std::uint64_t kReadWaits = 0xfffffull << 23;
  static constexpr std::uint64_t kWriteWait = 1ull << 43;
  static constexpr std::uint64_t kWriteWaits = 0xfffffull << 43;

  static std::uint64_t lock_bit(Mode mode) { return mode == Mode::read ? kReadLock : kWriteLock; }
  static std::uint64_t plus_reference(std::uint64_t state);
  static bool is_done(std::uint64_t state) { return (state & (kClosed | kReferences)) == kClosed; }
  bool lock_slowly(Mode mode);
  bool unlock_slowly(Mode mode);

  std::atomic<std::uint64_t> state_{0};
  Semaphore reader_;
  Semaphore writer_;
};

}  // namespace iomodels::gonet
