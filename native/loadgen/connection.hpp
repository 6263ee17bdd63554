// One keep-alive connection of a closed loop: sends, checks every reply byte for byte, sends again.
//
// In the common case a request costs one send and one recv: a reply that equals the last good one
// is recognised by one comparison, and a read that did not fill the buffer has drained the socket.
// Everything else takes the parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ledger.hpp"
#include "reply_parser.hpp"

namespace iomodels::load {

// What the connections of one thread share. Only that thread touches it.
struct Shared {
  static constexpr std::size_t kReadBytes = 65536;

  Shared(const std::string& request, unsigned pipeline, std::string body);

  unsigned pipeline;
  std::size_t request_bytes;
  // The request, pipeline times: as many as can ever go out in one write.
  std::string requests;
  std::string expected_body;
  // The last whole reply that the parser approved of; empty until then, and for replies longer than
  // a read.
  std::string good_reply;
  std::vector<char> read_buffer;
  Ledger ledger;
};

class Connection {
 public:
  // fd: connected, non-blocking, and closed by the destructor. shared must outlive the connection.
  Connection(int fd, Shared& shared);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Sends the first requests, as many as the pipeline is deep.
  void start();
  // Takes what epoll reported (EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLERR, EPOLLHUP), edge-triggered.
  void on_ready(std::uint32_t events);
  // The window opens: what is in flight now was sent before it.
  void carry() { carried_ = in_flight_; }
  // Requests in flight that were sent after carry().
  unsigned in_flight_since_carry() const { return in_flight_ - carried_; }

 private:
  void receive(bool until_end);
  bool check(std::string_view bytes, std::int64_t now_ns);
  bool parse(std::string_view& bytes, std::int64_t now_ns);
  void answered(std::int64_t now_ns);
  void send_requests(unsigned count);
  void flush();
  void lose(Failure failure, std::string words);
  void lose_by_errno(const char* call);

  int fd_;
  Shared& shared_;
  ReplyParser parser_;
  // Ring of the times at which the requests in flight were sent; the oldest is at oldest_.
  std::vector<std::int64_t> sent_ns_;
  unsigned oldest_ = 0;
  unsigned in_flight_ = 0;
  // The oldest so many of those in flight were sent before the window opened.
  unsigned carried_ = 0;
  // Requests that may be sent because so many were answered since the last send.
  unsigned due_ = 0;
  // Bytes of requests in flight that the socket has not taken yet.
  std::size_t unsent_bytes_ = 0;
};

}  // namespace iomodels::load
