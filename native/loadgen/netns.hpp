// Which network namespace a thread makes its sockets in.
#pragma once

#include <optional>
#include <string>

namespace iomodels::load {

// Moves the calling thread, and no other one, into the network namespace that `path` names, for
// example /run/netns/NAME: sockets that it makes from then on belong there. Takes CAP_SYS_ADMIN.
// Returns nothing, or why it failed, in words.
std::optional<std::string> enter_netns(const std::string& path);

}  // namespace iomodels::load
