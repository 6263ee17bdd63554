// A connection between two workers: all that outlives a worker's turn. What a worker does with it
// blocks, as in thread-per-connection, and the answers are those of core/process.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/blocking.hpp"
#include "core/options.hpp"
#include "core/process.hpp"
#include "core/silent_list.hpp"
#include "core/sys.hpp"

namespace iomodels {

class PooledConnection : public BlockingStream {
 public:
  using Upstream = BlockingUpstream;

  PooledConnection(int fd, Mode mode) : BlockingStream(fd), mode_(mode) {}
  ~PooledConnection() { sys::close_connection(fd_); }

  int number() const { return fd_; }
  // Call when there is something to read: reads once, and answers all that this completed. False
  // when the connection must end.
  bool serve_once();

  // While it is idle, with --idle-timeout.
  SilentList<PooledConnection>::Place place_among_silent{};

  // What core/process.hpp asks of a connection.
  void sleep_ms(std::uint32_t ms) { sleep_blocking(ms); }
  std::unique_ptr<Upstream> dial(const sockaddr_in& address) { return dial_blocking(address); }

 private:
  bool linger(std::size_t bytes);

  const Mode mode_;
  bool is_lingering_ = false;  // the last answer is written; what comes is thrown away
  std::size_t lingered_bytes_ = 0;
  Framing framing_;
  Output<PooledConnection> output_{*this};
};

}  // namespace iomodels
