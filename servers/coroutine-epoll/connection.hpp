// One connection of the coroutine server: gonet's connection in the words of core/process.hpp.
#pragma once

#include "core/options.hpp"
#include "core/process.hpp"
#include "gonet/gonet.hpp"

namespace iomodels {

class ParkingConn {
 public:
  explicit ParkingConn(gonet::Conn& conn) : conn_(conn) {}

  IoResult read(void* buffer, std::size_t size) {
    const gonet::Result got = conn_.read(buffer, size);
    if (got.ok()) return {Io::ok, got.bytes};
    return {got.status == gonet::Status::eof ? Io::eof : Io::error, 0, got.error};
  }
  bool write(const void* data, std::size_t size) { return conn_.write(data, size).ok(); }
  void sleep_ms(std::uint32_t ms) { gonet::sleep_ms(ms); }
  void shutdown_write() { (void)conn_.close_write(); }

 private:
  gonet::Conn& conn_;
};

inline void serve_connection(gonet::Conn conn, Mode mode) {
  ParkingConn parking(conn);
  mode == Mode::http ? process(parking) : greet(parking);
}

}  // namespace iomodels
