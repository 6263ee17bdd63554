// What a load is: the C++ side of harness/load/client.ts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "affinity.hpp"

namespace iomodels::load {

enum class Exchange : std::uint8_t {
  http,      // GET on connections that stay open
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
  // How long the schedule reaches after start().
  std::int64_t duration_ns = 0;
};

struct LoadConfig {
  std::string host;
  unsigned port = 0;
  // Path of the network namespace that connections are made in; nothing: this process' own.
  std::optional<std::string> netns;
  // In all, over all threads.
  unsigned connections = 0;
  Exchange exchange = Exchange::http;
  // http only. In an open load it is 1.
  unsigned pipeline = 1;
  std::string path;
  // The body of every http reply; the whole greeting.
  std::string expected;
  // Nothing: a closed loop.
  std::optional<OpenLoad> open;
  // A thread for each, as far as there are connections for them.
  Cpus cpus;
  int connect_timeout_ms = 0;  // for each kept connection, before traffic
  int timeout_ms = 0;          // for each request, from its write
};

}  // namespace iomodels::load
