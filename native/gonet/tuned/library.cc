// The library gonet_tuned, as one source: the runtime with its options.
// NOLINTBEGIN(bugprone-suspicious-include): these are its parts.

#include "gonet/tuned/accept.cc"
#include "gonet/tuned/buffer_cache.cc"
#include "gonet/tuned/cadence.cc"
#include "gonet/tuned/descriptor_pool.cc"
#include "gonet/tuned/fd_read.cc"
#include "gonet/tuned/packed_stack.cc"
#include "gonet/tuned/poll.cc"
#include "gonet/tuned/poll_desc_wait.cc"
#include "gonet/tuned/schedule.cc"
#include "gonet/tuned/tuning.cc"

// As they are in gonet.
#include "gonet/deadline.cc"
#include "gonet/fd.cc"
#include "gonet/fd_mutex.cc"
#include "gonet/find_runnable.cc"
#include "gonet/global_queue.cc"
#include "gonet/hooks.cc"
#include "gonet/idle_processors.cc"
#include "gonet/lock.cc"
#include "gonet/net.cc"
#include "gonet/netpoll.cc"
#include "gonet/poll_desc.cc"
#include "gonet/run.cc"
#include "gonet/run_queue.cc"
#include "gonet/scheduler.cc"
#include "gonet/semaphore.cc"
#include "gonet/sleep.cc"
#include "gonet/stack.cc"
#include "gonet/stack_guard.cc"
#include "gonet/switch.cc"
#include "gonet/sysmon.cc"
#include "gonet/timer.cc"
#include "gonet/workers.cc"

// NOLINTEND(bugprone-suspicious-include)
