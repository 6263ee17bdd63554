// The outcome of a network call. Expected conditions are values; nothing throws, least of all
// across a park.
#pragma once

#include <cstddef>
#include <cstdint>

namespace iomodels::gonet {

enum class Status : std::uint8_t {
  ok,
  eof,      // the peer has closed its sending side
  timeout,  // the deadline has passed
  closed,   // this side has closed it
  error,    // the kernel's word: error holds errno
};

struct Result {
  Status status = Status::ok;
  std::size_t bytes = 0;  // moved, also when a write ended early
  int error = 0;

  bool ok() const { return status == Status::ok; }
};

}  // namespace iomodels::gonet
