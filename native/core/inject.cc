#include "inject.hpp"

#include "burn.hpp"
#include "kernel.hpp"
#include "partner.hpp"

namespace iomodels {
namespace {

Injection injection;

void add_if_set(JsonLine& line, std::string_view key, std::uint32_t value) {
  if (value > 0) line.add(key, value);
}

}  // namespace

bool injecting::is_on = false;

void set_injection(const Injection& wanted) {
  injection = wanted;
  injecting::is_on = wanted.is_any();
}

void add_injection(JsonLine& line) {
  add_if_set(line, "inject_us", injection.us);
  add_if_set(line, "inject_syscalls", injection.syscalls);
  add_if_set(line, "inject_handoffs", injection.handoffs);
}

void injecting::inject() {
  for (std::uint32_t i = 0; i < injection.syscalls; ++i) (void)kernel::getppid();
  counters().syscalls.add(injection.syscalls);
  counters().injected_syscalls.add(injection.syscalls);
  if (injection.handoffs > 0) hand_off(injection.handoffs);
  burn_cpu(injection.us);
}

}  // namespace iomodels
