// In place of ../fd_read.cc, with skip-read, lean-accept and lean-buffers.
#include <cerrno>

#include "core/sys.hpp"
#include "core/sys_runtime.hpp"
#include "gonet/fd.hpp"
#include "gonet/hooks.hpp"
#include "gonet/worker.hpp"
#include "netpoll.hpp"
#include "tuning.hpp"

namespace iomodels::gonet {
namespace {

// Where a read puts its bytes; a PooledBuffer is the other kind.
class CallersBuffer {
 public:
  CallersBuffer(void* data, std::size_t size) : data_(data), size_(size) {}
  void* data() const { return data_; }
  std::size_t size() const { return size_; }
  void release() {}

 private:
  void* data_;
  std::size_t size_;
};

}  // namespace

Fd* Fd::create(int fd, Kind kind, int& error) {
  const bool has_output = !tuning.lean_accept || kind != Kind::accepted;
  PollDesc* const descriptor = netpoll::open(fd, netpoll::events_of(has_output), error);
  if (descriptor == nullptr) {
    close_number(fd, kind);
    return nullptr;
  }
  auto* const created = new Fd(fd, kind, descriptor);
  created->watches_output = has_output;
  return created;
}

Result Fd::read_locked(void* data, std::size_t size) {
  if (size == 0) return {};
  CallersBuffer place(data, size);
  return read_into(place);
}

Result FdExtras::read_pooled(PooledBuffer& buffer) {
  return static_cast<Fd*>(this)->locked(Mode::read, [&] { return read_into(buffer); });
}

// The next look for work polls.
void FdExtras::end_turn(std::uint32_t& in_turn) {
  in_turn = 0;
  if (!tuning.cadence_poll) return;
  Worker::current().processor->dispatches = 0;
  scheduler::yield();
}

template <class Place>
Result FdExtras::read_into(Place& place) {
  Fd& fd = static_cast<Fd&>(*this);
  bool has_waited = false;
  if (is_drained) place.release();
  const Result begun = begin_read(has_waited);
  if (!begun.ok()) return begun;
  for (;;) {
    const IoResult got = sys::read(fd.number_, place.data(), place.size());
    is_drained = tuning.skip_read && got.status == Io::ok && got.bytes < place.size();
    switch (got.status) {
      case Io::ok: spend_reading(got.bytes); return {Status::ok, got.bytes};
      case Io::eof: return {Status::eof};
      case Io::error: return {Status::error, 0, got.error};
      case Io::again: break;
    }
    place.release();
    const Result waited = fd.wait(Mode::read, has_waited);
    if (!waited.ok()) return waited;
  }
}

// Waits until a read should be tried. skip-read: the last one emptied the socket, so the wait comes
// first; an edge that has come since is still remembered. Not when there may be no further edge.
Result FdExtras::begin_read(bool& has_waited) {
  Fd& fd = static_cast<Fd&>(*this);
  if (is_drained && !PollDescExtras::has_last_edge(*fd.descriptor_)) {
    Worker::current().stats.reads_skipped.add();
    return fd.wait(Mode::read, has_waited);
  }
  const Status trouble = fd.descriptor_->prepare(Mode::read);
  return {trouble, 0, trouble == Status::error ? EINVAL : 0};
}

// lean-accept: the first to wait for output asks epoll for it before. The kernel looks again
// then, so that room which came since the write is an event too.
Result Fd::wait(Mode mode, bool& has_waited) {
  if (mode == Mode::write && !watches_output) {
    reach(Point::between_again_and_watch);
    if (!netpoll::watch_output(number_, *descriptor_)) return {Status::error, 0, errno};
    watches_output = true;
  }
  (mode == Mode::write ? written_in_turn : read_in_turn) = 0;
  if (has_waited) Worker::current().stats.wakeups_in_vain.add();
  has_waited = true;
  const Status status = descriptor_->wait(mode);
  return {status, 0, status == Status::error ? EINVAL : 0};
}

}  // namespace iomodels::gonet
