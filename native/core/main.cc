// main of every native server: arguments, CPUs, then the I/O model.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "control.hpp"
#include "memory.hpp"
#include "server.hpp"
#include "upstream.hpp"

namespace {

// The flag of a limit that is set but not supported by the model; null: there is none.
const char* unknown_limit(const iomodels::Limits& wanted) {
  using iomodels::model;
  if (wanted.connections > 0 && !model.keeps_max_connections) return "--max-connections";
  if (wanted.idle_timeout_ms > 0 && !model.keeps_idle_timeout) return "--idle-timeout";
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace iomodels;
  Options options;
  std::string error;
  if (!parse_options(argc, argv, model.flags, options, error)) {
    std::fprintf(stderr, "%s: %s\n", model.variant, error.c_str());
    return 2;
  }
  if (const char* const flag = unknown_limit(options.limits)) {
    std::fprintf(stderr, "%s: this server does not know %s\n", model.variant, flag);
    return 2;
  }
  if (CPU_COUNT(&options.cpus) > 0 &&
      sched_setaffinity(0, sizeof options.cpus, &options.cpus) != 0) {
    Server::fail(std::string("sched_setaffinity to the CPUs of --cpus: ") + std::strerror(errno));
  }
  prepare_control();
  if (!options.upstream_host.empty()) set_upstream_server(options.upstream, options.upstream_host);
  set_injection(options.injection);
  limits = options.limits;
  reserve_memory();
  Server server(options);
  model.serve(server);
  for (;;) pause();  // the control thread ends the process
}
