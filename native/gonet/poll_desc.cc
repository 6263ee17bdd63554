#include "poll_desc.hpp"

#include "hooks.hpp"
#include "netpoll.hpp"
#include "scheduler.hpp"
#include "worker.hpp"

namespace iomodels::gonet {
namespace {

constexpr std::uint32_t kSequenceMask = (1u << PollDesc::kSequenceBits) - 1;

}  // namespace

// No bus-locked store is needed. An edge that this overwrites came before the system call that
// follows, which will see its cause. That call takes the socket's lock, which orders the store
// before any edge that it does not see.
void ReadyWord::reset() { word_.store(kNil, std::memory_order_release); }

bool ReadyWord::wait(const PollDesc& descriptor, Mode mode,
                     bool (*commit)(Coroutine* parked, void* word)) {
  reach(Point::between_again_and_wait);
  if (word_.load() == kReady) {
    // While it is ready, others leave it as it is.
    word_.store(kNil, std::memory_order_release);
    Worker::current().stats.parks_avoided.add();
    return true;
  }
  announce();
  reach(Point::between_wait_and_park);
  if (descriptor.trouble(mode) == Status::ok) {
    Worker::current().stats.parks.add();
    scheduler::park(commit, this);
  }
  if (word_.load() == kReady) {
    word_.store(kNil, std::memory_order_release);
    return true;
  }
  const std::uintptr_t seen = word_.exchange(kNil);
  if (seen > kWait) impossible("a coroutine runs while it is parked");
  return seen == kReady;
}

// T3. An edge may come first: then the wait ends at once, by the commit that finds it.
void ReadyWord::announce() {
  std::uintptr_t seen = kNil;
  if (word_.compare_exchange_strong(seen, kWait) || seen == kReady) return;
  Worker::current().stats.double_waits.add();
  impossible("two coroutines wait for the same direction of a descriptor");
}

bool ReadyWord::commit(Coroutine* parked, void* word) {
  reach(Point::between_leave_and_commit);
  std::uintptr_t expected = kWait;
  // Before the exchange, after which another thread may find the waiter and uncount it.
  netpoll::add_waiters(1);
  if (static_cast<ReadyWord*>(word)->word_.compare_exchange_strong(
          expected, reinterpret_cast<std::uintptr_t>(parked))) {
    return true;
  }
  netpoll::add_waiters(-1);
  Worker::current().stats.park_races_lost.add();
  return false;
}

Coroutine* ReadyWord::unblock(bool is_edge) {
  for (;;) {
    std::uintptr_t seen = word_.load();
    if (seen == kReady || (seen == kNil && !is_edge)) return nullptr;
    if (!word_.compare_exchange_strong(seen, is_edge ? kReady : kNil)) continue;
    if (seen == kNil) Worker::current().stats.edges_remembered.add();
    return seen > kWait ? reinterpret_cast<Coroutine*>(seen) : nullptr;
  }
}

Status PollDesc::prepare(Mode mode) {
  const Status why = trouble(mode);
  if (why == Status::ok) (mode == Mode::read ? reader_ : writer_).reset();
  return why;
}

// In the order of importance. An error event matters to readers alone: a later write gets a more
// precise error.
Status PollDesc::trouble(Mode mode) const {
  const std::uint32_t info = info_.load();
  if ((info & kClosing) != 0) return Status::closed;
  if ((info & (mode == Mode::read ? kReadExpired : kWriteExpired)) != 0) return Status::timeout;
  if (mode == Mode::read && (info & kEventError) != 0) return Status::error;
  return Status::ok;
}

bool PollDesc::is_late(Mode mode) const {
  return (mode == Mode::read ? deadlines_->read_ns : deadlines_->write_ns) < 0;
}

// Makes the guarded state known to those who read it without the lock. The netpoller's flags are
// kept.
void PollDesc::publish() {
  const std::uint32_t fresh = (sequence_ << kFlagBits) | (is_closing_ ? kClosing : 0) |
                              (is_late(Mode::read) ? kReadExpired : 0) |
                              (is_late(Mode::write) ? kWriteExpired : 0);
  std::uint32_t seen = info_.load();
  while (!info_.compare_exchange_weak(seen, fresh | (seen & kNetpollersFlags))) {
  }
}

void PollDesc::set_event_error(bool is_error, std::uint32_t sequence) {
  std::uint32_t seen = info_.load();
  const std::uint32_t flag = is_error ? kEventError : 0;
  while ((seen & kEventError) != flag) {
    if (seen >> kFlagBits != sequence) return;
    if (info_.compare_exchange_weak(seen, (seen & ~kEventError) | flag)) return;
  }
}

void PollDesc::open() {
  const Locked lock(mutex_);
  if (reader_.has_waiter() || writer_.has_waiter()) impossible("a free descriptor has a waiter");
  is_closing_ = false;
  ++read_sequence_;
  ++write_sequence_;
  reader_.reset();
  writer_.reset();
  info_.store(sequence_ << kFlagBits);
}

void PollDesc::retire() {
  const Locked lock(mutex_);
  if (reader_.has_waiter() || writer_.has_waiter()) impossible("a closed descriptor has a waiter");
  sequence_ = (sequence_ + 1) & kSequenceMask;
  if (sequence_ == 0) sequence_ = 1;
  release_deadlines();
  publish();
}

}  // namespace iomodels::gonet
