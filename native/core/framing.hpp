// HTTP/1.1 request framing (docs/PROTOCOL.md, section 3): bytes in, requests out. No I/O, no
// allocation.
//
// Feed it whatever a read returned; how TCP split the bytes makes no difference. After `rejected`
// it is used no more.
//
//   state          waits for                          next
//   line_start     first byte of a request line       method, line_start_lf (empty line)
//   method         token                              target at SP
//   target         printable text                     version at SP
//   version        "HTTP/1.0" or "HTTP/1.1" and CR    line_lf
//   line_lf        LF                                 header_start
//   header_start   name or the empty line's CR        name, head_lf
//   name           token                              value_start at ':'
//   value_start    optional white space               value
//   value          text, up to CR                     value_lf
//   value_lf       LF                                 header_start
//   head_lf        LF of the empty line               body, line_start (request complete)
//   body           Content-Length bytes               line_start (request complete)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace iomodels {

enum class Method : std::uint8_t { get, post, other };

struct Request {
  static constexpr std::size_t kTargetCapacity = 64;

  Method method = Method::other;
  bool keep_alive = true;
  // Longer targets match nothing that a server serves: overflow marks them.
  bool target_overflow = false;
  std::uint8_t target_length = 0;
  char target_text[kTargetCapacity];

  std::string_view target() const { return {target_text, target_length}; }
};

class Framing {
 public:
  static constexpr std::size_t kMaxHeadBytes = 8192;
  static constexpr std::uint64_t kMaxBodyBytes = 1u << 20;

  enum class Event : std::uint8_t {
    need_more,  // input is used up
    request,    // request() is complete; input holds what follows it
    rejected,   // status() says how to refuse: 400, 431 or 501; then close
  };

  // Consumes bytes from the front of input until something happens.
  Event next(std::string_view& input);

  const Request& request() const { return request_; }
  int status() const { return status_; }

 private:
  enum class State : std::uint8_t {
    line_start,
    line_start_lf,
    method,
    target,
    version,
    line_lf,
    header_start,
    name,
    value_start,
    value,
    value_lf,
    head_lf,
    body,
    complete,
    rejected,
  };
  enum class Header : std::uint8_t { other, host, connection, content_length, transfer_encoding };

  void reset();
  Event skip_body(std::string_view& input);
  void consume_head(const char*& at, const char* end);
  const char* take_run(const char* at, const char* stop);
  const char* take_method(const char* at, const char* stop);
  const char* take_target(const char* at, const char* stop);
  const char* take_version(const char* at, const char* stop);
  const char* take_name(const char* at, const char* stop);
  const char* take_value(const char* at, const char* stop);
  void step(char c);
  void reject(int status);

  void on_line_start(char c);
  void on_method(char c);
  void on_target(char c);
  void on_version(char c);
  void on_header_start(char c);
  void on_name(char c);
  void on_value(char c);
  void end_line(char c, State next);

  void start_value();
  void end_value();
  void on_connection_value(char c);
  void end_connection_token();
  void on_length_value(char c);
  void end_length();
  void end_head();

  static constexpr std::size_t kNameCapacity = 17;  // "transfer-encoding"
  static constexpr int kMaxEmptyLines = 4;
  static constexpr int kMaxMethodBytes = 16;
  static constexpr int kMaxLengthDigits = 18;

  State state_ = State::line_start;
  Method method_ = Method::other;
  Header header_ = Header::other;
  std::uint8_t empty_lines_ = 0;
  std::uint8_t method_length_ = 0;
  std::uint8_t version_length_ = 0;
  std::uint8_t word_length_ = 0;  // of word_; kNameCapacity + 1 once it is too long to matter
  std::uint8_t length_digits_ = 0;
  bool is_http10_ = false;
  bool has_host_ = false;
  bool has_length_ = false;
  bool has_transfer_encoding_ = false;
  bool gap_seen_ = false;  // white space was seen after the digits or the Connection token
  bool asks_close_ = false;
  bool asks_keep_alive_ = false;
  std::uint16_t head_bytes_ = 0;
  int status_ = 0;
  std::uint64_t length_ = 0;       // Content-Length of this request
  std::uint64_t length_seen_ = 0;  // the value of the header line being read
  std::uint64_t body_remaining_ = 0;
  char word_[kNameCapacity];  // method, lower-cased header name, or Connection token
  Request request_;
};

}  // namespace iomodels
