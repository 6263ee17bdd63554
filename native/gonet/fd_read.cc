// How a descriptor is opened, read and waited for.
#include <cerrno>

#include "core/sys.hpp"
#include "core/sys_runtime.hpp"
#include "fd.hpp"
#include "netpoll.hpp"
#include "worker.hpp"

namespace iomodels::gonet {

Fd* Fd::create(int fd, Kind kind, int& error) {
  PollDesc* const descriptor = netpoll::open(fd, sys::kEdgeEvents, error);
  if (descriptor != nullptr) return new Fd(fd, kind, descriptor);
  close_number(fd, kind);
  return nullptr;
}

Result Fd::read_locked(void* data, std::size_t size) {
  if (size == 0) return {};
  const Status trouble = descriptor_->prepare(Mode::read);
  if (trouble != Status::ok) return {trouble, 0, trouble == Status::error ? EINVAL : 0};
  for (bool has_waited = false;;) {
    const IoResult got = sys::read(number_, data, size);
    switch (got.status) {
      case Io::ok: return {Status::ok, got.bytes};
      case Io::eof: return {Status::eof};
      case Io::error: return {Status::error, 0, got.error};
      case Io::again: break;
    }
    const Result waited = wait(Mode::read, has_waited);
    if (!waited.ok()) return waited;
  }
}

// ok: try again. has_waited: this was a second wait in a row, after a false readiness.
Result Fd::wait(Mode mode, bool& has_waited) {
  if (has_waited) Worker::current().stats.wakeups_in_vain.add();
  has_waited = true;
  const Status status = descriptor_->wait(mode);
  return {status, 0, status == Status::error ? EINVAL : 0};
}

}  // namespace iomodels::gonet
