#include "perf_counters.hpp"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "perf_tracepoint.hpp"

namespace iomodels::probe {
namespace {

struct Target {
  std::uint32_t type;
  std::uint64_t config;
  PerfTrouble trouble;
  bool is_user_only = false;
};

Target software(std::uint64_t config) { return {PERF_TYPE_SOFTWARE, config, {}}; }
Target hardware(std::uint64_t config) { return {PERF_TYPE_HARDWARE, config, {}}; }
Target user_hardware(std::uint64_t config) { return {PERF_TYPE_HARDWARE, config, {}, true}; }

constexpr std::uint64_t kDtlbLoadMisses = PERF_COUNT_HW_CACHE_DTLB |
                                          PERF_COUNT_HW_CACHE_OP_READ << 8 |
                                          PERF_COUNT_HW_CACHE_RESULT_MISS << 16;

Target target_of(Event event) {
  switch (event) {
    case Event::context_switches: return software(PERF_COUNT_SW_CONTEXT_SWITCHES);
    case Event::cpu_migrations: return software(PERF_COUNT_SW_CPU_MIGRATIONS);
    case Event::page_faults: return software(PERF_COUNT_SW_PAGE_FAULTS);
    case Event::task_clock: return software(PERF_COUNT_SW_TASK_CLOCK);
    case Event::instructions: return hardware(PERF_COUNT_HW_INSTRUCTIONS);
    case Event::user_instructions: return user_hardware(PERF_COUNT_HW_INSTRUCTIONS);
    case Event::cycles: return hardware(PERF_COUNT_HW_CPU_CYCLES);
    case Event::user_cycles: return user_hardware(PERF_COUNT_HW_CPU_CYCLES);
    case Event::llc_misses: return hardware(PERF_COUNT_HW_CACHE_MISSES);
    case Event::dtlb_misses: return {PERF_TYPE_HW_CACHE, kDtlbLoadMisses, {}};
    case Event::syscall_entries: break;
  }
  const TracepointId id = tracepoint_id("raw_syscalls/sys_enter");
  return {PERF_TYPE_TRACEPOINT, id.id, {id.error == 0 ? "" : "tracefs", id.error}};
}

int perf_event_open(const perf_event_attr& attributes, pid_t pid) {
  constexpr int kAnyCpu = -1;
  constexpr int kNoGroup = -1;
  return static_cast<int>(
      syscall(SYS_perf_event_open, &attributes, pid, kAnyCpu, kNoGroup, PERF_FLAG_FD_CLOEXEC));
}

}  // namespace

std::string_view name_of(Event event) {
  switch (event) {
    case Event::context_switches: return "context_switches";
    case Event::cpu_migrations: return "cpu_migrations";
    case Event::page_faults: return "page_faults";
    case Event::task_clock: return "task_clock";
    case Event::instructions: return "instructions";
    case Event::user_instructions: return "user_instructions";
    case Event::cycles: return "cycles";
    case Event::user_cycles: return "user_cycles";
    case Event::llc_misses: return "llc_misses";
    case Event::dtlb_misses: return "dtlb_misses";
    case Event::syscall_entries: break;
  }
  return "syscall_entries";
}

PerfCounters::PerfCounters(pid_t pid, const PerfOptions& options, std::span<const Event> events) {
  for (const Event event : events) {
    const Target target = target_of(event);
    Counter counter{event, -1, target.trouble};
    if (counter.trouble.call.empty()) {
      perf_event_attr attributes{};
      attributes.size = sizeof attributes;
      attributes.type = target.type;
      attributes.config = target.config;
      attributes.inherit = options.inherit;
      attributes.disabled = options.enable_on_exec;
      attributes.enable_on_exec = options.enable_on_exec;
      attributes.exclude_kernel = target.is_user_only;
      attributes.exclude_hv = target.is_user_only;
      attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
      counter.fd = perf_event_open(attributes, pid);
      if (counter.fd < 0) counter.trouble = {"perf_event_open", errno};
    }
    counters_.push_back(counter);
  }
}

PerfCounters::~PerfCounters() { close(); }

std::vector<PerfReading> PerfCounters::read() const {
  std::vector<PerfReading> readings;
  for (const Counter& counter : counters_) {
    PerfReading reading{counter.event, counter.trouble};
    std::uint64_t values[3] = {};
    if (counter.fd >= 0) {
      if (::read(counter.fd, values, sizeof values) == sizeof values) {
        reading.value = values[0];
        reading.enabled_ns = values[1];
        reading.running_ns = values[2];
      } else {
        reading.trouble = {"read", errno};
      }
    }
    readings.push_back(reading);
  }
  return readings;
}

void PerfCounters::close() {
  for (Counter& counter : counters_) {
    if (counter.fd >= 0) ::close(counter.fd);
    counter.fd = -1;
    if (counter.trouble.call.empty()) counter.trouble = {"close", EBADF};
  }
}

}  // namespace iomodels::probe
