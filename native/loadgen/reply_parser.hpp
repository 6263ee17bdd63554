// HTTP/1.1 replies: bytes in, verdicts out. How TCP split the bytes makes no difference; memory is
// bounded by one line.
//
// A good reply has status 200, well-formed header lines, one Content-Length and exactly the
// expected body. Everything else is named by the first byte that shows it; after that the parser is
// used no more.
//
//   state         waits for                        next
//   status_line   "HTTP/1.x NNN reason" CR LF      header_line
//   header_line   "name: value" CR LF, or CR LF    header_line; body or status_line (empty line)
//   body          Content-Length bytes             status_line (reply complete)
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace iomodels::load {

enum class ReplyVerdict : std::uint8_t {
  incomplete,   // the input is used up
  complete,     // one good reply has ended; the input holds what follows it
  bad_status,   // not 200
  wrong_bytes,  // another body than expected
  protocol,     // not a reply that this client understands
};

class ReplyParser {
 public:
  static constexpr std::size_t kMaxHeadBytes = 8192;

  // expected_body must outlive the parser.
  explicit ReplyParser(std::string_view expected_body) : expected_(expected_body) {}

  // Consumes bytes from the front of input until it ends or a reply is judged.
  ReplyVerdict next(std::string_view& input);

  // True when no byte of the next reply has been consumed.
  bool between_replies() const { return state_ == State::status_line && line_.empty(); }

  // What was wrong, with the bytes received and expected. Empty unless the last verdict was a bad
  // one.
  const std::string& trouble() const { return trouble_; }

 private:
  enum class State : std::uint8_t { status_line, header_line, body };

  ReplyVerdict take_line(std::string_view& input);
  ReplyVerdict on_line(std::string_view line);
  ReplyVerdict on_status_line(std::string_view line);
  ReplyVerdict on_header_line(std::string_view line);
  ReplyVerdict on_content_length(std::string_view value);
  ReplyVerdict on_head_end();
  ReplyVerdict on_body(std::string_view& input);
  ReplyVerdict complete();
  ReplyVerdict refuse(ReplyVerdict verdict, std::string why);

  std::string_view expected_;
  State state_ = State::status_line;
  std::string line_;  // the part of a line that came in earlier reads
  std::size_t head_bytes_ = 0;
  std::optional<std::uint64_t> content_length_;
  std::size_t body_bytes_ = 0;
  std::string trouble_;
};

// At most 64 bytes as text for a message: quoted, control and non-ASCII bytes escaped, "…" when
// cut.
std::string excerpt(std::string_view bytes);

}  // namespace iomodels::load
