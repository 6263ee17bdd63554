// Counters of the kernel for one program and everything that it starts, over perf_event_open(2).
//
// One descriptor per event: a group cannot be read when its events are inherited. What happens in
// the kernel is left out of the user_ events alone: with `exclude_kernel`, context switches and
// system calls would count 0, as for a server that has none. A counter that cannot be opened keeps
// the reason and has no value.
//
// With `inherit`, threads and processes that the task starts later are counted too, and what they
// counted stays when they end. Threads that exist already are not: open before exec, and let
// `enable_on_exec` start the counting.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace iomodels::probe {

enum class Event : std::uint8_t {
  context_switches,  // switch-outs, voluntary and not
  cpu_migrations,
  page_faults,
  task_clock,       // ns
  syscall_entries,  // tracepoint raw_syscalls:sys_enter
  // Of the hardware, which virtual machines often do not have.
  instructions,
  user_instructions,
  cycles,
  user_cycles,
  llc_misses,   // of the last level of cache that the processor counts
  dtlb_misses,  // loads
};

inline constexpr Event kEvents[] = {
    Event::context_switches, Event::cpu_migrations, Event::page_faults,       Event::task_clock,
    Event::syscall_entries,  Event::instructions,   Event::user_instructions, Event::cycles,
    Event::user_cycles,      Event::llc_misses,     Event::dtlb_misses,
};

std::string_view name_of(Event event);

struct PerfOptions {
  bool inherit = true;
  bool enable_on_exec = true;  // else it counts from the start
};

// What failed: the call or file, and its errno. call is empty when nothing failed.
struct PerfTrouble {
  std::string_view call;
  int error = 0;
};

struct PerfReading {
  Event event;
  PerfTrouble trouble;
  std::uint64_t value = 0;       // raw: not scaled
  std::uint64_t enabled_ns = 0;  // the counter was switched on for so long, over all tasks,
  std::uint64_t running_ns = 0;  // and really counted for so long; less: it was multiplexed
};

// The counters of one task. Not copyable: it owns descriptors.
class PerfCounters {
 public:
  PerfCounters(pid_t pid, const PerfOptions& options, std::span<const Event> events);
  ~PerfCounters();
  PerfCounters(const PerfCounters&) = delete;
  PerfCounters& operator=(const PerfCounters&) = delete;

  // Every counter at about this instant, in the order given. Callable after the task has ended, not
  // after close().
  std::vector<PerfReading> read() const;
  void close();

 private:
  struct Counter {
    Event event;
    int fd = -1;
    PerfTrouble trouble;
  };

  std::vector<Counter> counters_;
};

}  // namespace iomodels::probe
