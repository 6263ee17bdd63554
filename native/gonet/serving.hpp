// gonet's connection in the words of core/process.hpp.
#pragma once

#include "core/options.hpp"
#include "core/process.hpp"
#include "gonet.hpp"

namespace iomodels {

class ParkingConn {
 public:
  explicit ParkingConn(gonet::Conn& conn) : conn_(conn) {}

  IoResult read(void* buffer, std::size_t size) { return in_core_words(conn_.read(buffer, size)); }
  bool write(const void* data, std::size_t size) { return conn_.write(data, size).ok(); }
  void sleep_ms(std::uint32_t ms) { gonet::sleep_ms(ms); }
  void shutdown_write() { (void)conn_.close_write(); }

 protected:
  static IoResult in_core_words(const gonet::Result& got) {
    if (got.ok()) return {Io::ok, got.bytes};
    return {got.status == gonet::Status::eof ? Io::eof : Io::error, 0, got.error};
  }

  gonet::Conn& conn_;
};

// With lean-buffers: holds none while it waits for a request.
class LeanConn : public ParkingConn {
 public:
  using ParkingConn::ParkingConn;
  using Buffer = gonet::PooledBuffer;

  IoResult read(Buffer& buffer) { return in_core_words(conn_.read(buffer)); }
};

template <class ConnInCoreWords>
void serve_connection(gonet::Conn conn, Mode mode) {
  ConnInCoreWords served(conn);
  mode == Mode::http ? process(served) : greet(served);
}

}  // namespace iomodels
