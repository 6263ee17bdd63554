#include "fd.hpp"

#include <cerrno>

#include "core/sys.hpp"
#include "core/sys_runtime.hpp"
#include "netpoll.hpp"

namespace iomodels::gonet {
namespace {

constexpr std::size_t kMaxBytesPerCall = 1u << 30;

std::size_t per_call(std::size_t size) { return size < kMaxBytesPerCall ? size : kMaxBytesPerCall; }

}  // namespace

Result Fd::read(void* buffer, std::size_t size) {
  return locked(Mode::read, [&] { return read_locked(buffer, per_call(size)); });
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

Result Fd::write_locked(const char* data, std::size_t size) {
  const Status trouble = descriptor_->prepare(Mode::write);
  if (trouble != Status::ok) return {trouble};
  bool has_waited = false;
  for (std::size_t written = 0;;) {
    const IoResult sent = sys::write(number_, data + written, per_call(size - written));
    switch (sent.status) {
      case Io::ok:
        written += sent.bytes;
        spend_writing(sent.bytes);
        has_waited = false;
        if (written == size) return {Status::ok, written};
        continue;  // the rest at once: the kernel says when it does not fit
      case Io::eof:
      case Io::error: return {Status::error, written, sent.error};
      case Io::again: break;
    }
    const Result waited = wait(Mode::write, has_waited);
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

// No prepare before this wait: it would forget an edge that has come since the descriptor was
// registered. And the edge alone is not enough: registering a socket that is not yet connected
// causes an event.
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

// Called by the last one to let go.
void Fd::destroy() {
  netpoll::close(number_, descriptor_);
  close_number(number_, kind_);
  closed_.release();
}

void Fd::close_number(int number, Kind kind) {
  kind == Kind::accepted ? sys::close_connection(number) : sys::close(number);
}

void Fd::drop() {
  if (add_to(handles_, ~0u) != 0) return;
  (void)close();
  delete this;
}

}  // namespace iomodels::gonet
