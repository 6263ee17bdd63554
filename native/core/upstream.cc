#include "upstream.hpp"

#include <algorithm>
#include <charconv>

#include "ascii.hpp"

namespace iomodels {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

UpstreamServer& server() {
  static UpstreamServer only;
  return only;
}

// word is in lower case.
bool is_same_word(std::string_view text, std::string_view word) {
  return std::ranges::equal(text, word, [](char a, char b) { return lower(a) == b; });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Cuts the text before the separator off, or all of it.
std::string_view cut(std::string_view& text, std::string_view separator) {
  const std::size_t at = text.find(separator);
  const std::string_view first = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + separator.size());
  return first;
}

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    if (is_same_word(trimmed(cut(list, ",")), word)) return true;
  }
  return false;
}

bool parse_length(std::string_view text, std::size_t& length) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, length);
  return error == std::errc() && stop == end && length <= UpstreamReply::kMaxBodyBytes;
}

}  // namespace

const UpstreamServer& upstream_server() { return server(); }

void set_upstream_server(const sockaddr_in& address, std::string_view host) {
  server().address = address;
  server().request = "GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n";
}

void UpstreamReply::start() {
  keeps_open_ = true;
  has_length_ = false;
  head_bytes_ = 0;
  received_.clear();
}

UpstreamReply::Event UpstreamReply::take(std::string_view bytes) {
  received_.append(bytes);
  if (head_bytes_ == 0) {
    const std::string_view text = received_;
    const std::size_t end = text.find(kHeadEnd);
    const bool is_there = end != std::string_view::npos;
    if ((is_there ? end : text.size()) > kMaxHeadBytes) return Event::refused;
    if (!is_there) return Event::need_more;
    if (!take_head(text.substr(0, end))) return Event::refused;
    head_bytes_ = end + kHeadEnd.size();
  }
  if (received_.size() - head_bytes_ < length_) return Event::need_more;
  // Bytes beyond the answer belong to no request.
  if (received_.size() - head_bytes_ > length_) keeps_open_ = false;
  return Event::complete;
}

bool UpstreamReply::take_head(std::string_view head) {
  if (!take_status_line(cut(head, kLineEnd))) return false;
  while (!head.empty()) {
    std::string_view value = cut(head, kLineEnd);
    const std::string_view name = cut(value, ":");
    if (!take_header(name, trimmed(value))) return false;
  }
  return has_length_;
}

bool UpstreamReply::take_status_line(std::string_view line) {
  constexpr std::string_view kVersion = "HTTP/1.";
  constexpr std::size_t kStatusAt = kVersion.size() + 2;
  constexpr std::size_t kStatusEnd = kStatusAt + 3;
  if (line.size() < kStatusEnd || !line.starts_with(kVersion)) return false;
  const char minor = line[kVersion.size()];
  if ((minor != '0' && minor != '1') || line[kStatusAt - 1] != ' ') return false;
  if (line.size() > kStatusEnd && line[kStatusEnd] != ' ') return false;
  if (minor == '0') keeps_open_ = false;
  const auto [stop, error] =
      std::from_chars(line.data() + kStatusAt, line.data() + kStatusEnd, status_);
  return error == std::errc() && stop == line.data() + kStatusEnd && has_reason(status_);
}

bool UpstreamReply::take_header(std::string_view name, std::string_view value) {
  if (is_same_word(name, "transfer-encoding")) return false;
  if (is_same_word(name, "connection") && has_word(value, "close")) keeps_open_ = false;
  if (!is_same_word(name, "content-length")) return true;
  std::size_t length = 0;
  if (!parse_length(value, length) || (has_length_ && length != length_)) return false;
  has_length_ = true;
  length_ = length;
  return true;
}

void UpstreamReply::forward_to(Answer& answer) const {
  answer.status = status_;
  if (status_ != 200) return;
  answer.body = Body::relayed;
  answer.body_bytes = static_cast<std::uint32_t>(length_);
  answer.relayed = received_.data() + head_bytes_;
}

}  // namespace iomodels
