// Which CPUs a thread may use.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace iomodels::load {

using Cpus = std::vector<int>;

// Restricts thread tid (0: the calling one) to cpus. Returns nothing, or why it failed, in words; a
// list of which the kernel would take only a part is a failure too. `vanished`, if given, is set
// when the thread no longer exists.
std::optional<std::string> pin_thread(pid_t tid, const Cpus& cpus, bool* vanished = nullptr);

// Restricts every thread of process pid; later threads inherit it. Returns nothing, or why it
// failed.
std::optional<std::string> pin_process(pid_t pid, const Cpus& cpus);

}  // namespace iomodels::load
