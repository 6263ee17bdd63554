// Streams whose calls sleep in the kernel: what servers on blocking sockets share. Each server
// decides how many threads there are and what they do meanwhile.
#pragma once

#include <time.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "dial.hpp"
#include "io.hpp"
#include "sys.hpp"

namespace iomodels {

inline void sleep_blocking(std::uint32_t ms) {
  timespec left{static_cast<time_t>(ms / 1000), static_cast<long>(ms % 1000) * 1'000'000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

class BlockingStream {
 public:
  explicit BlockingStream(int fd) : fd_(fd) {}
  BlockingStream(const BlockingStream&) = delete;
  BlockingStream& operator=(const BlockingStream&) = delete;

  IoResult read(void* buffer, std::size_t size) { return sys::read(fd_, buffer, size); }
  bool write(const void* data, std::size_t size) {
    for (const char* at = static_cast<const char*>(data); size > 0;) {
      const IoResult sent = sys::write(fd_, at, size);
      if (sent.status != Io::ok) return false;
      at += sent.bytes;
      size -= sent.bytes;
    }
    return true;
  }

 protected:
  const int fd_;
};

class BlockingUpstream : public BlockingStream {
 public:
  using BlockingStream::BlockingStream;
  ~BlockingUpstream() { sys::close(fd_); }
};

// Nothing when there is no connection.
inline std::unique_ptr<BlockingUpstream> dial_blocking(const sockaddr_in& address) {
  const sys::DialResult dialled = sys::dial(address, sys::Blocking::yes);
  if (dialled.status != Io::ok) return nullptr;
  sys::set_connection_options(dialled.fd);
  return std::make_unique<BlockingUpstream>(dialled.fd);
}

}  // namespace iomodels
