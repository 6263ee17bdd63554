// What one measured window saw. Several threads' windows are merged into one.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "histogram.hpp"

namespace iomodels::load {

enum class Failure : std::uint8_t {
  reset,        // an error of the socket
  closed,       // the server closed too early
  wrong_bytes,  // another body or greeting than expected
  bad_status,   // not 200
  protocol,     // not a reply that this client understands
  refused,      // the server did not take the connection (connection per request)
  no_port,      // this machine had no local port, descriptor or memory left for a connection
};
inline constexpr std::array kFailures = {
    Failure::reset,    Failure::closed,  Failure::wrong_bytes, Failure::bad_status,
    Failure::protocol, Failure::refused, Failure::no_port};
const char* name_of(Failure failure);

// What only an open load has.
struct OpenWindow {
  std::uint64_t offered = 0;
  std::uint64_t starved = 0;
  // Due in the window and not written when the drain was over. offered = sent + waiting.
  std::uint64_t waiting = 0;
  // The schedule ended before the window did.
  bool exhausted = false;
  // Time of the spinning loop, in all and with something to do.
  std::int64_t loop_ns = 0;
  std::int64_t busy_ns = 0;
  Histogram response_ns;
  Histogram lateness_ns;
  // How long the unfinished and waiting requests had been due when the load gave them up.
  Histogram censored_ns;
};

struct Window {
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::uint64_t completed = 0;
  std::uint64_t sent = 0;
  std::uint64_t ok = 0;
  std::array<std::uint64_t, kFailures.size()> errors{};
  std::uint64_t timeouts = 0;
  std::uint64_t unfinished = 0;
  // In flight when the drain was over, whether sent in the window or not.
  std::uint64_t unanswered = 0;
  std::uint64_t bytes_read = 0;
  std::int64_t cpu_ns = 0;
  Histogram service_ns;
  // Null in a closed loop.
  std::unique_ptr<OpenWindow> open;

  // Adds another thread's window: counts and histograms add up, and the window reaches from the
  // first start to the last end, which lie microseconds apart.
  void merge(const Window& other);
};

}  // namespace iomodels::load
