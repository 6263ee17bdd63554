#include "net.hpp"

#include <cerrno>

#include "core/counters.hpp"
#include "core/sys.hpp"

namespace iomodels::gonet {

Fd::Fd(int fd) : fd_(fd), descriptor_(Netpoll::instance().open(fd)) {}

Fd::Fd(Fd&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), descriptor_(std::exchange(other.descriptor_, nullptr)) {}

IoResult Fd::read(void* buffer, std::size_t size) {
  descriptor_->reader.reset();
  for (;;) {
    const IoResult got = sys::read(fd_, buffer, size);
    if (got.status != Io::again) return got;
    descriptor_->reader.wait();
  }
}

IoResult Fd::write(const void* data, std::size_t size) {
  descriptor_->writer.reset();
  const char* const bytes = static_cast<const char*>(data);
  for (std::size_t written = 0; written < size;) {
    const IoResult sent = sys::write(fd_, bytes + written, size - written);
    switch (sent.status) {
      case Io::ok: written += sent.bytes; break;
      case Io::again: descriptor_->writer.wait(); break;
      case Io::eof:
      case Io::error: return {Io::error, written, sent.error};
    }
  }
  return {Io::ok, size};
}

AcceptResult Fd::accept() {
  descriptor_->reader.reset();
  for (;;) {
    const AcceptResult accepted = sys::accept(fd_, sys::Blocking::no);
    if (accepted.status != Io::again) return accepted;
    descriptor_->reader.wait();
  }
}

void Fd::close() {
  if (fd_ < 0) return;
  if (descriptor_ != nullptr) Netpoll::instance().close(fd_, descriptor_);
  sys::close(fd_);
  fd_ = -1;
  descriptor_ = nullptr;
}

Conn::Conn(int fd) : fd_(fd) {}

Conn::~Conn() {
  if (fd_.number() < 0) return;  // moved from
  fd_.close();
  counters().closes.add();
}

void Conn::shutdown_write() { sys::shutdown_write(fd_.number()); }

Accepted Listener::accept() {
  const AcceptResult accepted = fd_.accept();
  if (accepted.status != Io::ok) return {std::nullopt, accepted.error};
  Conn conn(accepted.fd);
  if (!conn.is_open()) return {std::nullopt, errno};
  sys::set_connection_options(accepted.fd);
  return {std::move(conn), 0};
}

}  // namespace iomodels::gonet
