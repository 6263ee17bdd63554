#include "framing.hpp"

#include <array>
#include <cstring>

#include "ascii.hpp"

namespace iomodels {
namespace {

constexpr std::string_view kTokenPunctuation = "!#$%&'*+-.^_`|~";

enum CharClass : std::uint8_t { kToken = 1, kTarget = 2, kValue = 4 };

constexpr std::array<std::uint8_t, 256> classify() {
  std::array<std::uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) {
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool punctuation =
        c < 128 && kTokenPunctuation.find(static_cast<char>(c)) != std::string_view::npos;
    std::uint8_t set = 0;
    if (alphanumeric || punctuation) set |= kToken;
    if (c >= 0x21 && c <= 0x7e) set |= kTarget;
    if (c == '\t' || (c >= 0x20 && c != 0x7f)) set |= kValue;
    classes[static_cast<std::size_t>(c)] = set;
  }
  return classes;
}

constexpr std::array<std::uint8_t, 256> kClasses = classify();

bool is(char c, CharClass wanted) { return (kClasses[static_cast<std::uint8_t>(c)] & wanted) != 0; }

const char* skip(const char* at, const char* stop, CharClass wanted) {
  while (at < stop && is(*at, wanted)) ++at;
  return at;
}

Method method_of(std::string_view name) {
  if (name == "GET") return Method::get;
  return name == "POST" ? Method::post : Method::other;
}

bool starts_with(const char* at, const char* stop, std::string_view prefix) {
  return static_cast<std::size_t>(stop - at) >= prefix.size() &&
         std::memcmp(at, prefix.data(), prefix.size()) == 0;
}

}  // namespace

Framing::Event Framing::next(std::string_view& input) {
  if (state_ == State::complete) reset();
  if (state_ == State::body) return skip_body(input);
  const char* at = input.data();
  const char* const end = at + input.size();
  consume_head(at, end);
  input.remove_prefix(static_cast<std::size_t>(at - input.data()));
  switch (state_) {
    case State::complete: return Event::request;
    case State::rejected: return Event::rejected;
    case State::body: return skip_body(input);
    default: return Event::need_more;
  }
}

void Framing::reset() {
  state_ = State::line_start;
  empty_lines_ = method_length_ = version_length_ = 0;
  is_http10_ = false;
  has_host_ = has_length_ = has_transfer_encoding_ = false;
  asks_close_ = asks_keep_alive_ = false;
  head_bytes_ = 0;
  length_ = 0;
  request_.target_overflow = false;
  request_.target_length = 0;
}

Framing::Event Framing::skip_body(std::string_view& input) {
  const std::uint64_t skipped = input.size() < body_remaining_ ? input.size() : body_remaining_;
  input.remove_prefix(static_cast<std::size_t>(skipped));
  body_remaining_ -= skipped;
  if (body_remaining_ > 0) return Event::need_more;
  state_ = State::complete;
  return Event::request;
}

void Framing::consume_head(const char*& at, const char* end) {
  while (at < end && state_ < State::body) {
    if (head_bytes_ == kMaxHeadBytes) return reject(431);
    const std::size_t budget = kMaxHeadBytes - head_bytes_;
    const char* const stop = static_cast<std::size_t>(end - at) < budget ? end : at + budget;
    const char* const start = at;
    at = take_run(at, stop);
    if (at < stop) step(*at++);
    head_bytes_ = static_cast<std::uint16_t>(head_bytes_ + (at - start));
  }
}

// Takes bytes that step would take one by one, with the same outcome: those that most heads are
// made of. May take none; the byte at which it stops is left to step, and so is all that is wrong.
const char* Framing::take_run(const char* at, const char* stop) {
  switch (state_) {
    case State::line_start: return take_method(at, stop);
    case State::target: return take_target(at, stop);
    case State::version: return take_version(at, stop);
    case State::header_start:
      if (!is(*at, kToken)) return at;
      word_length_ = 0;
      state_ = State::name;
      return take_name(at, stop);
    case State::name: return take_name(at, stop);
    case State::value: return header_ == Header::other ? take_value(at, stop) : at;
    default: return at;
  }
}

const char* Framing::take_method(const char* at, const char* stop) {
  constexpr std::string_view kGet = "GET ";
  if (!starts_with(at, stop, kGet)) return at;
  method_length_ = 3;
  method_ = Method::get;
  state_ = State::target;
  return at + kGet.size();
}

const char* Framing::take_target(const char* at, const char* stop) {
  const char* const end = skip(at, stop, kTarget);
  for (; at < end && request_.target_length < Request::kTargetCapacity; ++at) {
    request_.target_text[request_.target_length++] = *at;
  }
  if (at < end) request_.target_overflow = true;
  return end;
}

const char* Framing::take_version(const char* at, const char* stop) {
  constexpr std::string_view kNewest = "HTTP/1.1\r\n";
  if (version_length_ != 0 || !starts_with(at, stop, kNewest)) return at;
  state_ = State::header_start;
  return at + kNewest.size();
}

const char* Framing::take_name(const char* at, const char* stop) {
  std::size_t length = word_length_;
  for (; at < stop && is(*at, kToken); ++at) {
    if (length < kNameCapacity) word_[length] = lower(*at);
    if (length <= kNameCapacity) ++length;
  }
  word_length_ = static_cast<std::uint8_t>(length);
  return at;
}

const char* Framing::take_value(const char* at, const char* stop) {
  constexpr std::string_view kEnd = "\r\n";
  at = skip(at, stop, kValue);
  if (!starts_with(at, stop, kEnd)) return at;
  state_ = State::header_start;
  return at + kEnd.size();
}

void Framing::step(char c) {
  switch (state_) {
    case State::line_start: return on_line_start(c);
    case State::line_start_lf: return end_line(c, State::line_start);
    case State::method: return on_method(c);
    case State::target: return on_target(c);
    case State::version: return on_version(c);
    case State::line_lf: return end_line(c, State::header_start);
    case State::header_start: return on_header_start(c);
    case State::name: return on_name(c);
    case State::value_start:
      if (c == ' ' || c == '\t') return;
      state_ = State::value;
      return on_value(c);
    case State::value: return on_value(c);
    case State::value_lf: return end_line(c, State::header_start);
    case State::head_lf: return c == '\n' ? end_head() : reject(400);
    case State::body:
    case State::complete:
    case State::rejected: break;
  }
  __builtin_unreachable();
}

void Framing::reject(int status) {
  status_ = status;
  state_ = State::rejected;
}

void Framing::end_line(char c, State next) {
  if (c != '\n') return reject(400);
  state_ = next;
}

void Framing::on_line_start(char c) {
  if (c == '\r') {
    if (++empty_lines_ > kMaxEmptyLines) return reject(400);
    state_ = State::line_start_lf;
    return;
  }
  state_ = State::method;
  on_method(c);
}

void Framing::on_method(char c) {
  if (c == ' ' && method_length_ > 0) {
    method_ = method_of({word_, method_length_});
    state_ = State::target;
    return;
  }
  if (!is(c, kToken) || method_length_ == kMaxMethodBytes) return reject(400);
  word_[method_length_++] = c;
}

void Framing::on_target(char c) {
  if (c == ' ' && (request_.target_length > 0 || request_.target_overflow)) {
    state_ = State::version;
    return;
  }
  if (!is(c, kTarget)) return reject(400);
  if (request_.target_length == Request::kTargetCapacity) {
    request_.target_overflow = true;
  } else {
    request_.target_text[request_.target_length++] = c;
  }
}

void Framing::on_version(char c) {
  constexpr std::string_view kVersion = "HTTP/1.";
  if (version_length_ < kVersion.size()) {
    if (c != kVersion[version_length_]) return reject(400);
  } else if (version_length_ == kVersion.size()) {
    if (c != '0' && c != '1') return reject(400);
    is_http10_ = c == '0';
  } else {
    if (c != '\r') return reject(400);
    state_ = State::line_lf;
    return;
  }
  ++version_length_;
}

void Framing::on_header_start(char c) {
  if (c == '\r') {
    state_ = State::head_lf;
    return;
  }
  word_length_ = 0;
  state_ = State::name;
  if (c == ':') return reject(400);
  on_name(c);
}

void Framing::on_name(char c) {
  if (c == ':') return start_value();
  if (!is(c, kToken)) return reject(400);
  if (word_length_ < kNameCapacity) word_[word_length_] = lower(c);
  if (word_length_ <= kNameCapacity) ++word_length_;
}

void Framing::start_value() {
  const std::string_view name(word_, word_length_ <= kNameCapacity ? word_length_ : 0);
  header_ = Header::other;
  if (name == "host") {
    if (has_host_) return reject(400);
    has_host_ = true;
  } else if (name == "connection") {
    header_ = Header::connection;
    word_length_ = 0;
  } else if (name == "content-length") {
    header_ = Header::content_length;
    length_seen_ = 0;
    length_digits_ = 0;
  } else if (name == "transfer-encoding") {
    has_transfer_encoding_ = true;
  }
  gap_seen_ = false;
  state_ = State::value_start;
}

void Framing::on_value(char c) {
  if (c == '\r') return end_value();
  if (!is(c, kValue)) return reject(400);
  if (header_ == Header::connection) on_connection_value(c);
  if (header_ == Header::content_length) on_length_value(c);
}

void Framing::end_value() {
  state_ = State::value_lf;
  if (header_ == Header::connection) end_connection_token();
  if (header_ == Header::content_length) end_length();
}

void Framing::on_connection_value(char c) {
  if (c == ',') return end_connection_token();
  if (c == ' ' || c == '\t') {
    gap_seen_ = word_length_ > 0;
    return;
  }
  if (gap_seen_) word_length_ = kNameCapacity + 1;  // two words are not one of our tokens
  if (word_length_ < kNameCapacity) word_[word_length_] = lower(c);
  if (word_length_ <= kNameCapacity) ++word_length_;
}

void Framing::end_connection_token() {
  const std::string_view token(word_, word_length_ <= kNameCapacity ? word_length_ : 0);
  if (token == "close") asks_close_ = true;
  if (token == "keep-alive") asks_keep_alive_ = true;
  word_length_ = 0;
  gap_seen_ = false;
}

void Framing::on_length_value(char c) {
  if (c == ' ' || c == '\t') {
    gap_seen_ = true;
    return;
  }
  if (c < '0' || c > '9' || gap_seen_ || length_digits_ == kMaxLengthDigits) {
    return reject(400);
  }
  length_seen_ = length_seen_ * 10 + static_cast<std::uint64_t>(c - '0');
  ++length_digits_;
}

void Framing::end_length() {
  if (length_digits_ == 0 || (has_length_ && length_seen_ != length_)) return reject(400);
  has_length_ = true;
  length_ = length_seen_;
}

void Framing::end_head() {
  if (!has_host_ && !is_http10_) return reject(400);
  if (has_transfer_encoding_) return reject(has_length_ || is_http10_ ? 400 : 501);
  if (length_ > kMaxBodyBytes) return reject(431);
  request_.method = method_;
  request_.keep_alive = !asks_close_ && (!is_http10_ || asks_keep_alive_);
  body_remaining_ = length_;
  state_ = length_ > 0 ? State::body : State::complete;
}

}  // namespace iomodels
