#include "pooled_connection.hpp"

namespace iomodels {

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

// A client that closes slowly blocks no worker.
bool PooledConnection::linger(std::size_t bytes) {
  lingered_bytes_ += bytes;
  return lingered_bytes_ < kMaxLingerBytes;
}

}  // namespace iomodels
