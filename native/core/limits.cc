#include "limits.hpp"

#include <atomic>

namespace iomodels {
namespace {

// Relaxed: nothing else depends on their order.
std::atomic<std::uint32_t> open_connections{0};
std::atomic<std::uint64_t> refused_connections{0};

}  // namespace

Limits limits;

bool limiting::admit() {
  if (open_connections.fetch_add(1, std::memory_order_relaxed) < limits.connections) return true;
  leave();
  refused_connections.fetch_add(1, std::memory_order_relaxed);
  return false;
}

void limiting::leave() { open_connections.fetch_sub(1, std::memory_order_relaxed); }

void add_limits(JsonLine& line) {
  if (limits.connections > 0) line.add("max_connections", limits.connections);
  if (limits.idle_timeout_ms > 0) line.add("idle_timeout_ms", limits.idle_timeout_ms);
}

void add_refusals(JsonLine& line) {
  if (limits.connections == 0) return;
  line.add("connections_refused", refused_connections.load(std::memory_order_relaxed));
}

}  // namespace iomodels
