// A connection per request: connect, send one byte, read the greeting and end of file, close.
//
// The server closes first, so the TIME_WAIT state is the server's, and no local port of ours is
// held after the exchange. Towards 127.0.0.0/8 the source address changes from connection to
// connection, so that ports do not run out. The request is sent at the instant before socket(), and
// received when end of file is read: making the connection is part of its service time.
//
//   state    fd_   waits for                     next
//   idle     -1    begin()                       sending, or reading when the connection is there
//   sending  >= 0  EPOLLOUT (connected)          reading
//   reading  >= 0  the greeting, end of file     idle
//   lost     -1    -                             -
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>

#include "line.hpp"

namespace iomodels::load {

class Greeting final : public Line {
 public:
  // index: number of this line among all of the load, for its source addresses.
  Greeting(const sockaddr_in& server, unsigned index, Shared& shared);
  ~Greeting() override;

  void begin(std::int64_t due_ns) override;
  void go_on() override { begin(0); }
  void on_ready(std::uint32_t events) override;
  void expire(std::int64_t before_ns) override;
  void append_in_flight(DueTimes& into) const override;
  bool is_lost() const override { return state_ == State::lost; }

 private:
  enum class State : std::uint8_t { idle, sending, reading, lost };

  bool connect_from_next_address();
  bool watch();
  void send_byte();
  void receive();
  void check_end();
  void finish();
  void refuse(const char* call, int error);
  void lose(Failure failure, const std::string& words);
  void give_up();

  const sockaddr_in server_;
  Shared& shared_;
  State state_ = State::idle;
  int fd_ = -1;
  std::uint32_t next_source_;
  std::int64_t due_ns_ = 0;
  std::int64_t sent_ns_ = 0;
  // Bytes of the greeting that have come.
  std::size_t received_ = 0;
};

}  // namespace iomodels::load
