// The command line of a server (docs/PROTOCOL.md, section 1).
#pragma once

#include <netinet/in.h>
#include <sched.h>

#include <string>
#include <string_view>

#include "inject.hpp"
#include "limits.hpp"

namespace iomodels {

enum class Mode : bool { http, greeting };

struct Options {
  sockaddr_in listen{};
  bool allows_remote = false;  // listen may be an address that other machines reach
  cpu_set_t cpus{};            // empty: all that the process is allowed
  Mode mode = Mode::http;
  sockaddr_in upstream{};
  std::string upstream_host;  // upstream as it was given; empty: there is none
  Injection injection;
  Limits limits;
};

// A flag of one I/O model's own: --name value. An array of them ends with one whose name is null.
struct Flag {
  const char* name;   // without the dashes
  const char* value;  // what it takes, in words: "edge or level"
  // Takes the value. False when it is wrong; may then say in error why, in place of "takes
  // <value>".
  bool (*take)(std::string_view value, std::string& error);
};

// Fills options from the arguments, and gives those of flags (null: none) to the model. False with
// the reason in error when they are wrong.
bool parse_options(int argc, char** argv, const Flag* flags, Options& options, std::string& error);

}  // namespace iomodels
