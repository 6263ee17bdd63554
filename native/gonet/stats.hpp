// What the runtime counts about itself. Each worker owns one Stats and is the only one to write it.
#pragma once

#include "core/counters.hpp"
#include "core/json_line.hpp"

namespace iomodels::gonet {

#define IOMODELS_GONET_STATS(X)                                                                \
  X(parks)               /* coroutines that stopped to wait for their descriptor */            \
  X(parks_avoided)       /* T2: waits that found a remembered edge */                          \
  X(park_races_lost)     /* T5': the edge or the deadline came between wait and park */        \
  X(edges_remembered)    /* T7 into nil: an edge that nobody waited for */                     \
  X(wakeups_nonblocking) /* readied by a poll between other work */                            \
  X(wakeups_blocking)    /* readied by a poll that slept */                                    \
  X(wakeups_cadence)     /* readied by a poll in the midst of work (cadence-poll) */           \
  X(wakeups_sysmon)      /* readied by sysmon's poll */                                        \
  X(wakeups_deadline)    /* readied by a deadline that passed or was set in the past */        \
  X(wakeups_close)       /* readied by the closing of their descriptor */                      \
  X(wakeups_timer)       /* readied by the end of their sleep */                               \
  X(wakeups_in_vain)     /* calls that found nothing after the wait for readiness had ended */ \
  X(timeouts_swallowed)  /* T9: a deadline woke a coroutine and was reset before it ran */     \
  X(steals)              /* successful raids on another processor's queue */                   \
  X(steals_next)         /* of these, those of a processor's next coroutine */                 \
  X(queue_overflows)     /* local queues that moved half of themselves to the global one */    \
  X(global_takes)        /* coroutines, or batches of them, taken from the global queue */     \
  X(global_takes_fair)   /* of these, those at every 61st tick */                              \
  X(polls_nonblocking)                                                                         \
  X(polls_blocking)                                                                            \
  X(polls_cadence)                                                                             \
  X(polls_sysmon)                                                                              \
  X(poll_events)   /* events of descriptors that polls returned */                             \
  X(stale_events)  /* of these, those of a descriptor that was closed meanwhile */             \
  X(breaks)        /* polls that were interrupted, by a write to the eventfd */                \
  X(worker_sleeps) /* workers that found nothing at all and went to sleep */                   \
  X(worker_wakes)  /* sleeping workers that were woken */                                      \
  X(workers_started)                                                                           \
  X(sysmon_rounds)                                                                             \
  X(sysmon_deep_sleeps)                                                                        \
  X(slices_overdue)  /* processors that sysmon found with one slice for 10 ms */               \
  X(yields_overdue)  /* coroutines that gave way because of that */                            \
  X(timers_armed)    /* timers put into a heap */                                              \
  X(timers_rearmed)  /* timers moved within a heap */                                          \
  X(deadlines_stale) /* deadlines that fired after they had been changed */                    \
  X(reads_skipped)   /* skip-read: waits without a read that finds nothing */                  \
  X(outputs_watched) /* lean-accept: connections watched for output from now on */             \
  X(stacks_packed)   /* lean-stacks: those of coroutines that have waited for long */          \
  X(stacks_unpacked) /* of these, those of coroutines that have gone on since */               \
  X(double_waits)    /* must stay 0 */

struct alignas(64) Stats {
#define IOMODELS_DECLARE(name) Counter name;
  IOMODELS_GONET_STATS(IOMODELS_DECLARE)
#undef IOMODELS_DECLARE
};

// Sums over all workers and sysmon, since the process started.
struct StatTotals {
#define IOMODELS_DECLARE(name) std::uint64_t name = 0;
  IOMODELS_GONET_STATS(IOMODELS_DECLARE)
#undef IOMODELS_DECLARE
  std::int64_t waiters = 0;  // coroutines parked on a descriptor now
};
StatTotals stat_totals();

// Adds all of them to a stats line. Any thread may call it.
void add_stats(JsonLine& line);

}  // namespace iomodels::gonet
