// The vocabulary of every socket operation: what happened, in four words.
#pragma once

#include <cstddef>
#include <cstdint>

namespace iomodels {

// What a server that serves many connections on one thread reads and writes for one of them before
// the others have their turn.
inline constexpr std::size_t kTurnBytes = 65536;

enum class Io : std::uint8_t {
  ok,     // bytes says how many were moved (at least 1)
  again,  // the call would have blocked: wait for readiness and try again
  eof,    // the peer has closed its sending side
  error,  // error holds errno
};

struct IoResult {
  Io status;
  std::size_t bytes = 0;
  int error = 0;
};

struct AcceptResult {
  Io status;  // never eof
  int fd = -1;
  int error = 0;
};

}  // namespace iomodels
