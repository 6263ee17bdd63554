// What a server answers (docs/PROTOCOL.md, section 3): request in, answer out. No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "framing.hpp"

namespace iomodels {

inline constexpr std::string_view kGreeting = "I am server!";

enum class Body : std::uint8_t { none, greeting, alphabet, relayed };

struct Answer {
  int status = 200;
  Body body = Body::none;
  std::uint32_t body_bytes = 0;
  std::uint32_t wait_ms = 0;   // to be waited before the answer is sent
  bool asks_upstream = false;  // whose answer decides status and body of this one: 502 until then
  bool close = false;          // the connection ends after it
  const char* relayed = nullptr;  // the upstream's body

  bool waits() const { return wait_ms > 0 || asks_upstream; }
};

// Answers a complete request; burns the CPU time that /work asks for. Counts the request.
Answer answer(const Request& request);

// Answers a request that framing rejected.
Answer answer_rejected(int status);

// Whether the protocol has a reason for that status, and so an answer.
bool has_reason(int status);

// Longest head that write_head writes.
inline constexpr std::size_t kMaxAnswerHeadBytes = 160;

// Writes status line and headers to out, which has room for kMaxAnswerHeadBytes; returns their
// size.
std::size_t write_head(const Answer& answer, char* out);

// The body bytes from offset on, at most 65536 of them; a relayed body's in its UpstreamReply, the
// others' in memory that lives forever.
std::string_view body_chunk(const Answer& answer, std::uint32_t offset);

}  // namespace iomodels
