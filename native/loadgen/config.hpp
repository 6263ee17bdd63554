// What a load is: the C++ side of harness/load/client.ts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "affinity.hpp"

namespace iomodels::load {

enum class Exchange : std::uint8_t {
  http,      // GET or POST on connections that stay open
  greeting,  // a connection per request: one byte out, the greeting and end of file in
};

enum class Arrivals : std::uint8_t {
  poisson,  // independent exponential gaps
  fixed,    // equal gaps
};

struct OpenLoad {
  double rate_per_s = 0;
  Arrivals arrivals = Arrivals::poisson;
  std::string seed;
  // How long the schedule reaches: time in which traffic flows, without the pauses.
  std::int64_t duration_ns = 0;
};

// A slow reader: at most chunk_bytes at a time, and then nothing for as long as these bytes take at
// that pace.
struct ReadPace {
  std::int64_t bytes_per_s = 0;
  static constexpr std::size_t kChunkBytes = 16384;

  std::int64_t pause_ns(std::size_t bytes) const {
    return static_cast<std::int64_t>(bytes) * 1'000'000'000 / bytes_per_s;
  }
};

struct LoadConfig {
  std::string host;
  unsigned port = 0;
  // Path of the network namespace that connections are made in; nothing: this process' own.
  std::optional<std::string> netns;
  // In all, over all threads.
  unsigned connections = 0;
  // On top of these: kept connections over which nothing is ever sent.
  unsigned silent = 0;
  Exchange exchange = Exchange::http;
  // http only. In an open load it is 1.
  unsigned pipeline = 1;
  std::string path;
  // http only: a POST with a body of so many bytes; 0: a GET.
  std::size_t body_bytes = 0;
  // The body of every http reply; the whole greeting.
  std::string expected;
  // Nothing: a closed loop.
  std::optional<OpenLoad> open;
  // http only. Nothing: as fast as the thread can.
  std::optional<ReadPace> pace;
  // A listening socket of the caller's, whose connections the first thread answers as the null
  // server does: the upstream of a relay. -1: none.
  int upstream_fd = -1;
  // A thread for each, as far as there are connections for them.
  Cpus cpus;
  int connect_timeout_ms = 0;  // for each kept connection, before traffic
  int timeout_ms = 0;          // for each request, from its write
  int drain_ms = 0;            // for the replies that a pause waits for; see drain_ns()

  // How long a pause may take. A slow reader may rest when its reply begins, and then needs the
  // whole time of a reply; the same holds for a request that it sends while the window's last
  // replies come.
  std::int64_t drain_ns() const {
    const std::int64_t replies_ns = pace ? 4 * pace->pause_ns(expected.size()) : 0;
    return std::int64_t{drain_ms} * 1'000'000 + replies_ns;
  }
};

}  // namespace iomodels::load
