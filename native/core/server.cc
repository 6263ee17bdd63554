#include "server.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "control.hpp"
#include "inject.hpp"
#include "limits.hpp"

#ifndef IOMODELS_CORE_FINGERPRINT
#error "binding.gyp defines IOMODELS_CORE_FINGERPRINT: build with npm run build"
#endif

namespace iomodels {

unsigned Server::cpus() const {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) fail("sched_getaffinity failed");
  return static_cast<unsigned>(CPU_COUNT(&allowed));
}

Listener Server::listen(sys::Blocking blocking) const {
  Listener listener;
  std::string error;
  if (!open_listener(options_.listen, blocking, listener, error)) fail(error);
  return listener;
}

void Server::ready(std::span<const Listener> listeners) {
  JsonLine line("ready");
  line.add("port", listeners.front().port);
  line.add("pid", static_cast<std::uint64_t>(getpid()));
  line.add("variant", model.variant);
  line.add("mode", mode() == Mode::http ? "http" : "greeting");
  line.add("core", IOMODELS_CORE_FINGERPRINT);
  line.add("workers", workers());
  if (model.stack_bytes > 0) line.add("stack_bytes", model.stack_bytes);
  add_injection(line);
  add_limits(line);
  if (model.add_ready != nullptr) model.add_ready(line);
  start_control(listeners);
  if (!line.print()) fail("stdout is closed: nobody would read the ready line");
}

void Server::fail(const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", model.variant, why.c_str());
  std::_Exit(1);
}

}  // namespace iomodels
