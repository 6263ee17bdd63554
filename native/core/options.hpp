// The command line of a server (docs/PROTOCOL.md, section 1).
#pragma once

#include <netinet/in.h>
#include <sched.h>

#include <string>

namespace iomodels {

enum class Mode : bool { http, greeting };

struct Options {
  sockaddr_in listen{};
  cpu_set_t cpus{};  // empty: all that the process is allowed
  Mode mode = Mode::http;
};

// Fills options from the arguments; false with the reason in error when they are wrong.
bool parse_options(int argc, char** argv, Options& options, std::string& error);

}  // namespace iomodels
