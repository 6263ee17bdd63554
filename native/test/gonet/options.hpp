// What a test asks of the runtime's options. It compiles for both builds: without options
// (native/gonet) there is nothing to ask for.
#pragma once

#include <atomic>

#include "../check.hpp"
#include "gonet/gonet.hpp"
#ifdef IOMODELS_GONET_TUNED
#include "gonet/tuned/packed_stack.hpp"
#include "gonet/tuned/tuning.hpp"
#endif

namespace tools {

using namespace iomodels;
using namespace iomodels::gonet;

#ifdef IOMODELS_GONET_TUNED

// The options of the argument tune=<names>, as --tune of coroutine-epoll-tuned takes them; without
// it, those that the case has set.
inline void take_tuning() {
  for (const std::string_view text : check::arguments) {
    if (text.substr(0, 5) != "tune=") continue;
    std::string error;
    if (!parse_tuning(text.substr(5), tuning, error)) check::fail(error);
  }
}

// With lean-stacks: sweeps in addition to sysmon's, as often as can be.
inline void sweep_until(const std::atomic<bool>& is_over) {
  StackSweeper sweeper;
  while (packs_stacks() && !is_over.load()) {
    sweeper.run();
    sleep_ns(100'000);
  }
}

#else

inline void take_tuning() {
  for (const std::string_view text : check::arguments) {
    if (text.substr(0, 5) == "tune=") check::fail("this build has no options");
  }
}
inline void keep_stack_private() {}
inline void sweep_without_pause(bool) {}
inline void sweep_until(const std::atomic<bool>&) {}

#endif

}  // namespace tools
