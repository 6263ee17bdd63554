// The other server, which /relay asks (docs/PROTOCOL.md, section 3): its address, the request, and
// how its answer is read. No I/O: each I/O model has its own.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "answer.hpp"

namespace iomodels {

struct UpstreamServer {
  sockaddr_in address{};
  std::string request;  // the request; empty: no upstream, and /relay is 404
};

// The one of --upstream.
const UpstreamServer& upstream_server();
// Call before any request is answered. host is what the request calls it.
void set_upstream_server(const sockaddr_in& address, std::string_view host);

// An answer of the upstream, read in any pieces. Its memory is kept for the next one.
class UpstreamReply {
 public:
  static constexpr std::size_t kMaxHeadBytes = 8192;
  static constexpr std::size_t kMaxBodyBytes = 65536;

  enum class Event : std::uint8_t {
    need_more,
    complete,  // forward_to may be called
    refused,   // not an answer that is forwarded
  };

  // Forgets the one before.
  void start();
  Event take(std::string_view bytes);

  // Whether the upstream's connection can be used again after a complete answer.
  bool keeps_open() const { return keeps_open_; }
  // Gives the answer this one's status and, if that is 200, its body: in this object's memory,
  // until start.
  void forward_to(Answer& answer) const;

 private:
  bool take_head(std::string_view head);
  bool take_status_line(std::string_view line);
  bool take_header(std::string_view name, std::string_view value);

  bool keeps_open_ = false;
  bool has_length_ = false;
  int status_ = 0;
  std::size_t length_ = 0;
  std::size_t head_bytes_ = 0;  // 0 until the head is there
  std::string received_;
};

}  // namespace iomodels
