// How tests talk over connections.
#pragma once

#include "tools.hpp"

namespace tools {

inline void send(Conn& conn, std::string_view text) {
  CHECK(conn.write(text.data(), text.size()).ok());
}

// One read of up to 100 bytes; "-" at the end of the stream.
inline std::string receive(Conn& conn) {
  char buffer[100];
  const Result got = conn.read(buffer, sizeof buffer);
  if (got.status == Status::eof) return "-";
  CHECK(got.ok());
  return {buffer, got.bytes};
}

}  // namespace tools
