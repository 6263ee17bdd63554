// What a server allows its clients (docs/PROTOCOL.md, section 7). No limit is on unless a flag sets
// it; then an accept and a close cost one branch more, and nothing else does.
#pragma once

#include <cstdint>

#include "json_line.hpp"

namespace iomodels {

struct Limits {
  std::uint32_t connections = 0;      // at one time; 0: as many as there are descriptors
  std::uint32_t idle_timeout_ms = 0;  // of a connection that waits for its peer; 0: for ever
};

inline constexpr std::uint32_t kMaxConnections = 1'000'000;
inline constexpr std::uint32_t kMaxIdleTimeoutMs = 86'400'000;

// Constant once a connection can come.
extern Limits limits;

// Adds what is set, and nothing else, to the ready line; and what that refused, to a stats line.
void add_limits(JsonLine& line);
void add_refusals(JsonLine& line);

namespace limiting {
// False when there are as many connections as may be: then it is counted as refused.
bool admit();
void leave();
}  // namespace limiting

// Call for every accepted connection. Close one that is not admitted.
inline bool admit_connection() { return limits.connections == 0 || limiting::admit(); }
// Call once for every admitted connection.
inline void leave_connection() {
  if (limits.connections != 0) limiting::leave();
}

}  // namespace iomodels
