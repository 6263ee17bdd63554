#include "pooled_connection.hpp"

#include <time.h>

#include <cerrno>

namespace iomodels {

void sleep_blocking(std::uint32_t ms) {
  timespec left{static_cast<time_t>(ms / 1000), static_cast<long>(ms % 1000) * 1'000'000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

bool BlockingStream::write(const void* data, std::size_t size) {
  for (const char* at = static_cast<const char*>(data); size > 0;) {
    const IoResult sent = sys::write(fd_, at, size);
    if (sent.status != Io::ok) return false;
    at += sent.bytes;
    size -= sent.bytes;
  }
  return true;
}

bool PooledConnection::serve_once() {
  char buffer[kReadBufferBytes];
  const IoResult got = this->read(buffer, sizeof buffer);
  if (got.status != Io::ok) return false;
  if (mode_ == Mode::greeting) {
    count_request();
    return this->write(kGreeting.data(), kGreeting.size()) && false;
  }
  if (is_lingering_) return linger(got.bytes);
  if (answer_all(std::string_view(buffer, got.bytes), framing_, output_)) return true;
  // Either the last answer is written or the peer is gone; then the next read says so.
  sys::shutdown_write(fd_);
  is_lingering_ = true;
  return true;
}

// A client that takes its time over closing holds up no worker.
bool PooledConnection::linger(std::size_t bytes) {
  lingered_bytes_ += bytes;
  return lingered_bytes_ < kMaxLingerBytes;
}

std::unique_ptr<BlockingUpstream> PooledConnection::dial(const sockaddr_in& address) {
  const sys::DialResult dialled = sys::dial(address, sys::Blocking::yes);
  if (dialled.status != Io::ok) return nullptr;
  sys::set_connection_options(dialled.fd);
  return std::make_unique<Upstream>(dialled.fd);
}

}  // namespace iomodels
