// The number by which perf_event_open knows a tracepoint.
#pragma once

#include <cstdint>
#include <string>

namespace iomodels::probe {

struct TracepointId {
  std::uint64_t id = 0;
  int error = 0;  // errno of the best attempt, 0 when there is an id
};

// Looks where tracefs is usually mounted. Where it is not, and we may mount, it uses a detached
// mount of its own, which is gone when this returns. event: for example "raw_syscalls/sys_enter".
TracepointId tracepoint_id(const std::string& event);

}  // namespace iomodels::probe
