// gonet's connection in the words of core/process.hpp.
#pragma once

#include <memory>

#include "core/limits.hpp"
#include "core/options.hpp"
#include "core/process.hpp"
#include "gonet.hpp"

namespace iomodels {

inline IoResult in_core_words(const gonet::Result& got) {
  if (got.ok()) return {Io::ok, got.bytes};
  return {got.status == gonet::Status::eof ? Io::eof : Io::error, 0, got.error};
}

class ParkingUpstream {
 public:
  explicit ParkingUpstream(gonet::Conn conn) : conn_(std::move(conn)) {}

  IoResult read(void* buffer, std::size_t size) { return in_core_words(conn_.read(buffer, size)); }
  bool write(const void* data, std::size_t size) { return conn_.write(data, size).ok(); }

 private:
  gonet::Conn conn_;
};

class ParkingConn {
 public:
  using Upstream = ParkingUpstream;

  explicit ParkingConn(gonet::Conn& conn) : conn_(conn) {}

  IoResult read(void* buffer, std::size_t size) {
    limit_wait();
    return in_core_words(conn_.read(buffer, size));
  }
  bool write(const void* data, std::size_t size) {
    limit_wait();
    return conn_.write(data, size).ok();
  }
  void sleep_ms(std::uint32_t ms) { gonet::sleep_ms(ms); }
  void shutdown_write() { (void)conn_.close_write(); }
  std::unique_ptr<Upstream> dial(const sockaddr_in& address) {
    gonet::Opened dialled = gonet::dial(address);
    return dialled.conn ? std::make_unique<Upstream>(std::move(*dialled.conn)) : nullptr;
  }

 protected:
  // --idle-timeout: for each read and write by itself.
  void limit_wait() {
    if (limits.idle_timeout_ms == 0) return;
    (void)conn_.set_deadline(gonet::now_ns() + limits.idle_timeout_ms * 1'000'000LL);
  }

  gonet::Conn& conn_;
};

template <class ConnInCoreWords>
void serve_connection(gonet::Conn conn, Mode mode) {
  ConnInCoreWords served(conn);
  mode == Mode::http ? process(served) : greet(served);
}

}  // namespace iomodels
