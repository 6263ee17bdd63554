#include "fd_mutex.hpp"

namespace iomodels::gonet {
std::uint64_t FdMutex::plus_reference(std::uint64_t state) {
  if ((state & kReferences) == kReferences) impossible("a million calls on one descriptor");
  return state + kReference;
}

bool FdMutex::reference() {
  for (;;) {
    const std::uint64_t old = state_.load();
    if ((old & kClosed) != 0) return false;
    if (exchange_if(state_, old, plus_reference(old))) return true;
  }
}

bool FdMutex::lock_slowly(Mode mode) {
  const std::uint64_t bit = lock_bit(mode);
  const std::uint64_t wait = mode == Mode::read ? kReadWait : kWriteWait;
  const std::uint64_t waits = mode == Mode::read ? kReadWaits : kWriteWaits;
  for (;;) {
    const std::uint64_t old = state_.load();
    if ((old & kClosed) != 0) return false;
    if ((old & bit) == 0) {
      if (exchange_if(state_, old, plus_reference(old | bit))) return true;
      continue;
    }
    if ((old & waits) == waits) impossible("a million coroutines wait for a descriptor");
    if (!exchange_if(state_, old, old + wait)) continue;
    (mode == Mode::read ? reader_ : writer_).acquire();  // its giver has taken it off the waiters
  }
}

bool FdMutex::reference_and_close() {
  for (;;) {
    const std::uint64_t old = state_.load();
    if ((old & kClosed) != 0) return false;
    const std::uint64_t closed = plus_reference(old | kClosed) & ~(kReadWaits | kWriteWaits);
    if (!exchange_if(state_, old, closed)) continue;
    for (std::uint64_t n = (old & kReadWaits) / kReadWait; n > 0; --n) reader_.release();
    for (std::uint64_t n = (old & kWriteWaits) / kWriteWait; n > 0; --n) writer_.release();
    return true;
  }
}

bool FdMutex::release() {
  for (;;) {
    const std::uint64_t old = state_.load();
    if ((old & kReferences) == 0) impossible("a descriptor has lost count of its calls");
    if (exchange_if(state_, old, old - kReference)) return is_done(old - kReference);
  }
}

bool FdMutex::unlock_slowly(Mode mode) {
  const std::uint64_t bit = lock_bit(mode);
  const std::uint64_t wait = mode == Mode::read ? kReadWait : kWriteWait;
  const std::uint64_t waits = mode == Mode::read ? kReadWaits : kWriteWaits;
  for (;;) {
    const std::uint64_t old = state_.load();
    if ((old & bit) == 0 || (old & kReferences) == 0) {
      impossible("a descriptor is unlocked that was not locked");
    }
    const bool wakes = (old & waits) != 0;
    const std::uint64_t next = (old & ~bit) - kReference - (wakes ? wait : 0);
    if (!exchange_if(state_, old, next)) continue;
    if (wakes) (mode == Mode::read ? reader_ : writer_).release();
    return is_done(next);
  }
}

}  // namespace iomodels::gonet
