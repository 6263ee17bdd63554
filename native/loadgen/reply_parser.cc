#include "reply_parser.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>

namespace iomodels::load {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// RFC 9110, 5.6.2.
bool is_token_character(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || is_digit(c) || (c != '\0' && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view without_outer_space(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

std::string excerpt(std::string_view bytes) {
  constexpr std::size_t kMostBytes = 64;
  std::string text = "\"";
  for (const char c : bytes.substr(0, kMostBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r') {
      text += "\\r";
    } else if (c == '\n') {
      text += "\\n";
    } else if (c == '"' || c == '\\') {
      text += {'\\', c};
    } else if (byte < 0x20 || byte >= 0x7f) {
      char hex[5];
      std::snprintf(hex, sizeof hex, "\\x%02x", byte);
      text += hex;
    } else {
      text += c;
    }
  }
  return text + (bytes.size() > kMostBytes ? "\"…" : "\"");
}

ReplyVerdict ReplyParser::next(std::string_view& input) {
  while (!input.empty()) {
    const ReplyVerdict verdict = state_ == State::body ? on_body(input) : take_line(input);
    if (verdict != ReplyVerdict::incomplete) return verdict;
  }
  return ReplyVerdict::incomplete;
}

ReplyVerdict ReplyParser::take_line(std::string_view& input) {
  const auto newline = input.find('\n');
  const bool whole = newline != std::string_view::npos;
  std::string_view piece = input.substr(0, whole ? newline + 1 : input.size());
  input.remove_prefix(piece.size());
  head_bytes_ += piece.size();
  if (head_bytes_ > kMaxHeadBytes) {
    return refuse(ReplyVerdict::protocol, "the reply's head is longer than 8192 bytes");
  }
  if (!whole || !line_.empty()) line_.append(piece);
  if (!whole) return ReplyVerdict::incomplete;
  if (!line_.empty()) piece = line_;
  if (piece.size() < 2 || piece[piece.size() - 2] != '\r') {
    return refuse(ReplyVerdict::protocol, "a line does not end with CR LF: " + excerpt(piece));
  }
  const ReplyVerdict verdict = on_line(piece.substr(0, piece.size() - 2));
  line_.clear();
  return verdict;
}

ReplyVerdict ReplyParser::on_line(std::string_view line) {
  if (state_ == State::status_line) return on_status_line(line);
  return line.empty() ? on_head_end() : on_header_line(line);
}

ReplyVerdict ReplyParser::on_status_line(std::string_view line) {
  constexpr std::size_t kCodeAt = 9;  // after "HTTP/1.1 "
  const bool well_formed = line.size() >= kCodeAt + 3 && line.starts_with("HTTP/1.") &&
                           (line[7] == '0' || line[7] == '1') && line[8] == ' ' &&
                           std::all_of(&line[kCodeAt], &line[kCodeAt] + 3, is_digit) &&
                           (line.size() == kCodeAt + 3 || line[kCodeAt + 3] == ' ');
  if (!well_formed) {
    return refuse(ReplyVerdict::protocol, "expected a status line, received " + excerpt(line));
  }
  if (line.substr(kCodeAt, 3) != "200") {
    return refuse(ReplyVerdict::bad_status, "expected status 200, received " + excerpt(line));
  }
  state_ = State::header_line;
  return ReplyVerdict::incomplete;
}

ReplyVerdict ReplyParser::on_header_line(std::string_view line) {
  const auto colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || name.empty() ||
      !std::all_of(name.begin(), name.end(), is_token_character)) {
    return refuse(ReplyVerdict::protocol, "expected a header line, received " + excerpt(line));
  }
  if (equals_ignoring_case(name, "Content-Length")) {
    return on_content_length(without_outer_space(line.substr(colon + 1)));
  }
  if (equals_ignoring_case(name, "Transfer-Encoding")) {
    return refuse(ReplyVerdict::protocol, "expected a Content-Length, received " + excerpt(line));
  }
  return ReplyVerdict::incomplete;
}

ReplyVerdict ReplyParser::on_content_length(std::string_view value) {
  std::uint64_t length = 0;
  const char* const end = value.data() + value.size();
  const auto parsed = std::from_chars(value.data(), end, length);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    return refuse(ReplyVerdict::protocol, "Content-Length is not a number: " + excerpt(value));
  }
  if (content_length_ && *content_length_ != length) {
    return refuse(ReplyVerdict::protocol, "two different values of Content-Length");
  }
  content_length_ = length;
  return ReplyVerdict::incomplete;
}

ReplyVerdict ReplyParser::on_head_end() {
  if (!content_length_) return refuse(ReplyVerdict::protocol, "a reply without Content-Length");
  if (*content_length_ != expected_.size()) {
    return refuse(ReplyVerdict::wrong_bytes,
                  "expected a body of " + std::to_string(expected_.size()) +
                      " bytes, received Content-Length " + std::to_string(*content_length_));
  }
  state_ = State::body;
  return expected_.empty() ? complete() : ReplyVerdict::incomplete;
}

ReplyVerdict ReplyParser::on_body(std::string_view& input) {
  const std::string_view wanted = expected_.substr(body_bytes_, input.size());
  const std::string_view received = input.substr(0, wanted.size());
  if (received != wanted) {
    const auto difference = std::mismatch(received.begin(), received.end(), wanted.begin());
    const auto at = static_cast<std::size_t>(difference.first - received.begin());
    return refuse(ReplyVerdict::wrong_bytes,
                  "the body differs at byte " + std::to_string(body_bytes_ + at) + ": expected " +
                      excerpt(wanted.substr(at)) + ", received " + excerpt(received.substr(at)));
  }
  input.remove_prefix(received.size());
  body_bytes_ += received.size();
  return body_bytes_ == expected_.size() ? complete() : ReplyVerdict::incomplete;
}

ReplyVerdict ReplyParser::complete() {
  state_ = State::status_line;
  head_bytes_ = 0;
  body_bytes_ = 0;
  content_length_.reset();
  return ReplyVerdict::complete;
}

ReplyVerdict ReplyParser::refuse(ReplyVerdict verdict, std::string why) {
  trouble_ = std::move(why);
  return verdict;
}

}  // namespace iomodels::load
