#include "fd.hpp"

#include <cerrno>

#include "core/sys.hpp"
#include "core/sys_runtime.hpp"
#include "hooks.hpp"
#include "netpoll.hpp"
#include "scheduler.hpp"
#include "tuning.hpp"
#include "worker.hpp"

namespace iomodels::gonet {
namespace {

constexpr std::size_t kMaxBytesPerCall = 1u << 30;

std::size_t per_call(std::size_t size) { return size < kMaxBytesPerCall ? size : kMaxBytesPerCall; }

// Where a read puts its bytes; a PooledBuffer is the other kind.
class CallersBuffer {
 public:
  CallersBuffer(void* data, std::size_t size) : data_(data), size_(per_call(size)) {}
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
  PollDesc* const descriptor = netpoll::open(fd, has_output, error);
  if (descriptor != nullptr) return new Fd(fd, kind, has_output, descriptor);
  kind == Kind::accepted ? sys::close_connection(fd) : sys::close(fd);
  return nullptr;
}

// A call that must not meet another one in its direction, nor a close.
template <class Call>
Result Fd::locked(Mode mode, Call&& call) {
  scheduler::yield_if_overdue();
  if (!mutex_.lock(mode)) return {Status::closed};
  const Result result = call();
  if (mutex_.unlock(mode)) destroy();
  return result;
}

Result Fd::read(void* buffer, std::size_t size) {
  CallersBuffer place(buffer, size);
  return locked(Mode::read, [&] { return read_locked(place); });
}

Result Fd::read(PooledBuffer& buffer) {
  return locked(Mode::read, [&] { return read_locked(buffer); });
}

Result Fd::write(const void* data, std::size_t size) {
  return locked(Mode::write, [&] { return write_locked(static_cast<const char*>(data), size); });
}

Result Fd::accept() {
  return locked(Mode::read, [this] { return accept_locked(); });
}

Result Fd::finish_connect() {
  return locked(Mode::write, [this] { return connect_locked(); });
}

// ok: try again. has_waited says whether this was a second wait in a row, after a readiness that
// was none.
Result Fd::wait(Mode mode, bool& has_waited) {
  if (has_waited) Worker::current().stats.wakeups_in_vain.add();
  has_waited = true;
  const Status status = descriptor_->wait(mode);
  return {status, 0, status == Status::error ? EINVAL : 0};
}

// lean-accept: the first to wait for output asks epoll for it before. The kernel looks again
// then, so that room which came since the write is an event too.
Result Fd::wait_for_output(bool& has_waited) {
  if (!watches_output_) {
    reach(Point::between_again_and_watch);
    if (!netpoll::watch_output(number_, *descriptor_)) return {Status::error, 0, errno};
    watches_output_ = true;
  }
  return wait(Mode::write, has_waited);
}

// Until a read is to be tried. skip-read: the last one emptied the socket, so the wait comes first;
// an edge that has come since is still remembered. Not when there may be no further edge.
Result Fd::begin_read(bool& has_waited) {
  if (is_drained_ && !descriptor_->has_last_edge()) {
    Worker::current().stats.reads_skipped.add();
    return wait(Mode::read, has_waited);
  }
  const Status trouble = descriptor_->prepare(Mode::read);
  return {trouble, 0, trouble == Status::error ? EINVAL : 0};
}

template <class Place>
Result Fd::read_locked(Place& place) {
  if (place.size() == 0) return {};
  bool has_waited = false;
  if (is_drained_) place.release();
  const Result begun = begin_read(has_waited);
  if (!begun.ok()) return begun;
  for (;;) {
    const IoResult got = sys::read(number_, place.data(), place.size());
    is_drained_ = tuning.skip_read && got.status == Io::ok && got.bytes < place.size();
    switch (got.status) {
      case Io::ok: return {Status::ok, got.bytes};
      case Io::eof: return {Status::eof};
      case Io::error: return {Status::error, 0, got.error};
      case Io::again: break;
    }
    place.release();
    const Result waited = wait(Mode::read, has_waited);
    if (!waited.ok()) return waited;
  }
}

Result Fd::write_locked(const char* data, std::size_t size) {
  const Status trouble = descriptor_->prepare(Mode::write);
  if (trouble != Status::ok) return {trouble};
  bool has_waited = false;
  for (std::size_t written = 0;;) {
    const IoResult sent = sys::write(number_, data + written, per_call(size - written));
    switch (sent.status) {
      case Io::ok:
        written += sent.bytes;
        has_waited = false;
        if (written == size) return {Status::ok, written};
        continue;  // the rest at once: that it does not fit is for the kernel to say
      case Io::eof:
      case Io::error: return {Status::error, written, sent.error};
      case Io::again: break;
    }
    const Result waited = wait_for_output(has_waited);
    if (!waited.ok()) return {waited.status, written, waited.error};
  }
}

Result Fd::accept_locked() {
  const Status trouble = descriptor_->prepare(Mode::read);
  if (trouble != Status::ok) return {trouble, 0, trouble == Status::error ? EINVAL : 0};
  for (bool has_waited = false;;) {
    const AcceptResult accepted = sys::accept(number_, sys::Blocking::no);
    switch (accepted.status) {
      case Io::ok: return {Status::ok, static_cast<std::size_t>(accepted.fd)};
      case Io::eof:
      case Io::error: return {Status::error, 0, accepted.error};
      case Io::again: break;
    }
    const Result waited = wait(Mode::read, has_waited);
    if (!waited.ok()) return waited;
  }
}

// The wait comes first, so nothing may be forgotten before it, as prepare would: the edge may have
// come since the descriptor was registered. And the edge alone is not enough: registering a socket
// that is not connected yet is an event of its own.
Result Fd::connect_locked() {
  for (bool has_waited = false;;) {
    const Result waited = wait(Mode::write, has_waited);
    if (!waited.ok()) return waited;
    const int error = sys::socket_error(number_);
    if (error != 0 && error != EINPROGRESS && error != EALREADY && error != EINTR) {
      return {Status::error, 0, error};
    }
    sockaddr_in peer;
    if (error == 0 && sys::peer_address(number_, peer)) return {};
  }
}

Result Fd::close() {
  if (!mutex_.reference_and_close()) return {Status::closed};
  descriptor_->evict();
  if (mutex_.release()) destroy();
  closed_.acquire();
  return {};
}

Result Fd::set_deadline(std::int64_t when_ns, Mode mode) {
  if (!mutex_.reference()) return {Status::closed};
  descriptor_->set_deadline(when_ns == 0 || when_ns > now_ns() ? when_ns : -1, mode);
  if (mutex_.release()) destroy();
  return {};
}

// By the last one to let go.
void Fd::destroy() {
  netpoll::close(number_, descriptor_);
  kind_ == Kind::accepted ? sys::close_connection(number_) : sys::close(number_);
  closed_.release();
}

void Fd::drop() {
  if (add_to(handles_, ~0u) != 0) return;
  (void)close();
  delete this;
}

}  // namespace iomodels::gonet
