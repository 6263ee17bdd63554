// A kept connection: sends HTTP requests and checks every reply byte for byte.
//
// In the common case a request costs one send and one recv: a reply that equals the last good one
// is recognised by one comparison, and a read that did not fill the buffer has drained the socket.
// Everything else takes the parser.
//
// A slow reader (config.pace) makes one read and then rests. The read after the pause finds what
// epoll reports meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "line.hpp"
#include "reply_parser.hpp"

namespace iomodels::load {

class Connection final : public Line {
 public:
  // fd: connected, non-blocking, and closed by the destructor. shared must outlive the connection.
  Connection(int fd, Shared& shared);
  ~Connection() override;

  void begin(std::int64_t due_ns) override;
  void go_on() override;
  void on_ready(std::uint32_t events) override;
  void expire(std::int64_t before_ns) override;
  void append_in_flight(DueTimes& into) const override;
  bool is_lost() const override { return fd_ < 0; }
  void rest(std::int64_t until_ns) override;
  void rested() override;

 private:
  // full: as much as was asked for, so there may be more. some: less. none: nothing was there.
  enum class Got : std::uint8_t { full, some, none, lost };

  void receive(bool until_end);
  void receive_slowly();
  Got receive_once(std::size_t most);
  bool check(std::string_view bytes, std::int64_t now_ns);
  bool parse(std::string_view& bytes, std::int64_t now_ns);
  void answered(std::int64_t now_ns);
  void hand_over();
  void send_requests(unsigned count);
  void flush();
  DueTimes in_flight() const;
  void lose(Failure failure, const std::string& words);
  void lose_by_errno(const char* call);
  void give_up();

  int fd_;
  Shared& shared_;
  ReplyParser parser_;
  // Ring of the times at which the requests in flight were sent; the oldest is at oldest_.
  std::vector<std::int64_t> sent_ns_;
  // Open load: when the one request in flight was due. In a closed loop that is when it was sent.
  std::int64_t due_ns_ = 0;
  unsigned oldest_ = 0;
  unsigned in_flight_ = 0;
  // Replies since the last send.
  unsigned answered_ = 0;
  // Bytes of requests in flight that the socket has not taken yet.
  std::size_t unsent_bytes_ = 0;
  // Of the last read.
  std::size_t got_bytes_ = 0;
  bool resting_ = false;
};

}  // namespace iomodels::load
