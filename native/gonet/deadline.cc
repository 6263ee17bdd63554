// The deadlines of a poll descriptor, and its eviction.
//
//   deadlines of read and write    read_timer          write_timer
//   none                           -                   -
//   one of the two                 fires for it        fires for it
//   both, different                fires for read      fires for write
//   both, the same                 fires for both      -
#include <climits>

#include "hooks.hpp"
#include "netpoll.hpp"
#include "poll_desc.hpp"
#include "scheduler.hpp"
#include "worker.hpp"

namespace iomodels::gonet {
namespace {

// Readies coroutines that a deadline or close has unblocked, once no lock is held.
void ready_unblocked(Coroutine* reader, Coroutine* writer, Counter& counter) {
  const int n = (reader != nullptr) + (writer != nullptr);
  if (n == 0) return;
  counter.add(static_cast<std::uint64_t>(n));
  netpoll::add_waiters(-n);
  if (reader != nullptr) scheduler::ready(reader);
  if (writer != nullptr) scheduler::ready(writer);
}

}  // namespace

void PollDesc::set_deadline(std::int64_t when_ns, Mode mode) {
  Coroutine* reader = nullptr;
  Coroutine* writer = nullptr;
  {
    const Locked lock(mutex_);
    if (is_closing_) return;
    change_deadlines(when_ns, mode);
    if (is_late(Mode::read)) reader = reader_.unblock(false);
    if (is_late(Mode::write)) writer = writer_.unblock(false);
  }
  ready_unblocked(reader, writer, Worker::current().stats.wakeups_deadline);
}

void PollDesc::set_timers(std::int64_t read_before, std::int64_t write_before) {
  const bool was_combined = read_before > 0 && read_before == write_before;
  const std::int64_t read_ns = deadlines_->read_ns;
  const std::int64_t write_ns = deadlines_->write_ns;
  const bool is_combined = read_ns > 0 && read_ns == write_ns;
  if (!read_timer_runs_ || read_ns != read_before || is_combined != was_combined) {
    if (read_timer_runs_) ++read_sequence_;
    read_timer_runs_ = read_ns > 0;
    arm(deadlines_->read_timer, read_ns,
        is_combined ? deadline_passed<Mode::both> : deadline_passed<Mode::read>, read_sequence_);
  }
  if (!write_timer_runs_ || write_ns != write_before || is_combined != was_combined) {
    if (write_timer_runs_) ++write_sequence_;
    write_timer_runs_ = write_ns > 0 && !is_combined;
    arm(deadlines_->write_timer, is_combined ? 0 : write_ns, deadline_passed<Mode::write>,
        write_sequence_);
  }
}

void PollDesc::arm(Timer& timer, std::int64_t when, Timer::Callback callback,
                   std::uint32_t sequence) {
  if (when <= 0) return timer.disarm();
  timer.arm({when, callback, this, sequence});
}

template <Mode mode>
void PollDesc::deadline_passed(void* descriptor, std::uint32_t sequence) {
  reach(Point::between_deadline_and_unblock);
  static_cast<PollDesc*>(descriptor)->on_deadline(mode, sequence);
}

void PollDesc::on_deadline(Mode mode, std::uint32_t sequence) {
  Coroutine* reader = nullptr;
  Coroutine* writer = nullptr;
  {
    const Locked lock(mutex_);
    if (sequence != (reads(mode) ? read_sequence_ : write_sequence_)) {
      return Worker::current().stats.deadlines_stale.add();
    }
    if (reads(mode)) deadlines_->read_ns = -1;
    if (writes(mode)) deadlines_->write_ns = -1;
    publish();
    if (reads(mode)) reader = reader_.unblock(false);
    if (writes(mode)) writer = writer_.unblock(false);
  }
  ready_unblocked(reader, writer, Worker::current().stats.wakeups_deadline);
}

void PollDesc::evict() {
  Coroutine* reader = nullptr;
  Coroutine* writer = nullptr;
  {
    const Locked lock(mutex_);
    if (is_closing_) impossible("a descriptor is closed twice");
    is_closing_ = true;
    ++read_sequence_;
    ++write_sequence_;
    publish();
    reader = reader_.unblock(false);
    writer = writer_.unblock(false);
    if (read_timer_runs_) deadlines_->read_timer.disarm();
    if (write_timer_runs_) deadlines_->write_timer.disarm();
    read_timer_runs_ = write_timer_runs_ = false;
  }
  ready_unblocked(reader, writer, Worker::current().stats.wakeups_close);
}

}  // namespace iomodels::gonet
