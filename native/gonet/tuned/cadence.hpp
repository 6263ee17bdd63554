// cadence-poll: every so many coroutines a worker looks at the clock, and polls when the last poll
// is that long ago; what it finds goes to the global queue, and every so many coroutines one comes
// from there. So neither these coroutines nor those that yield all the time starve the others.
#pragma once

#include "gonet/scheduler.hpp"

namespace iomodels::gonet::scheduler {

// As find_runnable.
Coroutine* find_in_cadence(Worker& worker, bool& inherits);

}  // namespace iomodels::gonet::scheduler
