#include "answer.hpp"

#include <array>
#include <charconv>
#include <cstring>

#include "burn.hpp"
#include "inject.hpp"
#include "upstream.hpp"

namespace iomodels {
namespace {

constexpr std::uint32_t kMaxWorkUs = 1'000'000;
constexpr std::uint32_t kMaxBytes = 16u << 20;
constexpr std::uint32_t kMaxSleepMs = 10'000;
constexpr std::uint32_t kChunkBytes = 65536;
constexpr std::uint32_t kAlphabetBytes = 26;

// One chunk at any of the 26 phases of the alphabet.
constexpr auto kAlphabet = [] {
  std::array<char, kChunkBytes + kAlphabetBytes> text{};
  for (std::size_t i = 0; i < text.size(); ++i) {
    text[i] = static_cast<char>('a' + i % kAlphabetBytes);
  }
  return text;
}();

// An answer's head up to the number of its body's bytes; empty for a status without a reason.
std::string_view head_start(int status) {
#define IOMODELS_HEAD(line) "HTTP/1.1 " line "\r\nContent-Type: text/plain\r\nContent-Length: "
  switch (status) {
    case 200: return IOMODELS_HEAD("200 OK");
    case 400: return IOMODELS_HEAD("400 Bad Request");
    case 404: return IOMODELS_HEAD("404 Not Found");
    case 405: return IOMODELS_HEAD("405 Method Not Allowed");
    case 431: return IOMODELS_HEAD("431 Request Header Fields Too Large");
    case 501: return IOMODELS_HEAD("501 Not Implemented");
    case 502: return IOMODELS_HEAD("502 Bad Gateway");
    default: return {};
  }
#undef IOMODELS_HEAD
}

// True when target is `prefix` followed by a decimal number of at most max.
bool parameter(std::string_view target, std::string_view prefix, std::uint32_t max,
               std::uint32_t& value) {
  if (!target.starts_with(prefix)) return false;
  const char* const end = target.data() + target.size();
  const auto [stop, error] = std::from_chars(target.data() + prefix.size(), end, value);
  return error == std::errc() && stop == end && value <= max;
}

constexpr Answer kGreetingAnswer{.body = Body::greeting, .body_bytes = kGreeting.size()};

Answer route(std::string_view target) {
  std::uint32_t value = 0;
  if (target == "/") return kGreetingAnswer;
  if (parameter(target, "/work?us=", kMaxWorkUs, value)) {
    burn_cpu(value);
    return kGreetingAnswer;
  }
  if (parameter(target, "/bytes?n=", kMaxBytes, value)) {
    return {.body = Body::alphabet, .body_bytes = value};
  }
  if (parameter(target, "/sleep?ms=", kMaxSleepMs, value)) {
    Answer later = kGreetingAnswer;
    later.wait_ms = value;
    return later;
  }
  if (target == "/relay" && !upstream_server().request.empty()) {
    return {.status = 502, .asks_upstream = true};
  }
  return {.status = 404};
}

// The body has been read, whatever the method: framing completes a request only then.
Answer route(const Request& request) {
  if (request.method == Method::post && request.target() == "/upload") return kGreetingAnswer;
  if (request.method != Method::get) return {.status = 405};
  if (request.target_overflow) return {.status = 404};
  return route(request.target());
}

char* append(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

}  // namespace

Answer answer(const Request& request) {
  count_request();
  Answer result = route(request);
  result.close = !request.keep_alive;
  return result;
}

Answer answer_rejected(int status) {
  count_request();
  return {.status = status, .close = true};
}

bool has_reason(int status) { return !head_start(status).empty(); }

std::size_t write_head(const Answer& answer, char* out) {
  char* at = append(out, head_start(answer.status));
  at = std::to_chars(at, at + 10, answer.body_bytes).ptr;
  if (answer.status == 405) at = append(at, "\r\nAllow: GET");
  if (answer.close) at = append(at, "\r\nConnection: close");
  at = append(at, "\r\n\r\n");
  return static_cast<std::size_t>(at - out);
}

std::string_view body_chunk(const Answer& answer, std::uint32_t offset) {
  const std::uint32_t remaining = answer.body_bytes - offset;
  if (answer.body == Body::greeting) return kGreeting.substr(offset);
  const std::uint32_t size = remaining < kChunkBytes ? remaining : kChunkBytes;
  if (answer.body == Body::relayed) return {answer.relayed + offset, size};
  return {kAlphabet.data() + offset % kAlphabetBytes, size};
}

}  // namespace iomodels
