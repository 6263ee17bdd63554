// What may be done better than Go does it: named options, each of which can be switched on alone.
//
// coroutine-epoll, which is Go's design as it is, is linked with a runtime that has none of them.
// coroutine-epoll-tuned switches on those that pay (docs/GO-FIDELITY.md says which, with the
// figures).
#pragma once

#include <string>
#include <string_view>

namespace iomodels::gonet {

// X(field, name on the command line, what it does)
#define IOMODELS_GONET_TUNING(X)                                                                  \
  X(skip_read, "skip-read", "after a short read wait at once, without a read that finds nothing") \
  X(lean_accept, "lean-accept",                                                                   \
    "inherit socket options from the listener; watch for output only once a write has to wait")   \
  X(fifo, "fifo", "run what a poll made ready in the order of the events")                        \
  X(cadence_poll, "cadence-poll", "poll between coroutines even when work never runs out")        \
  X(fine_timers, "fine-timers", "wait for timers in nanoseconds, with epoll_pwait2")              \
  X(big_batch, "big-batch", "take 512 events per poll instead of 128")                            \
  X(small_descriptors, "small-descriptors", "poll descriptors of 64 bytes; deadlines apart")      \
  X(lean_buffers, "lean-buffers", "a connection has buffers only while it is being served")       \
  X(lean_stacks, "lean-stacks", "an idle connection keeps only the bytes of its stack that it uses")

struct Tuning {
#define IOMODELS_DECLARE(field, name, text) bool field = false;
  IOMODELS_GONET_TUNING(IOMODELS_DECLARE)
#undef IOMODELS_DECLARE
};

// Constant while a run is under way: set it before run().
extern Tuning tuning;

// Fills out from "none", "all", or names separated by commas; false with the reason in error. What
// this build cannot do (packed_stack.hpp says what that is) is accepted and stays off.
bool parse_tuning(std::string_view text, Tuning& out, std::string& error);
// The names that are on, separated by commas; "none".
std::string tuning_text(const Tuning& tuning);

}  // namespace iomodels::gonet
