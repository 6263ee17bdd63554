// The scheduler: which worker runs which coroutine, and who is woken for new work.
//
// Go's rules wake workers neither too late nor in vain: a worker that makes work available wakes
// another if there is an idle processor and nobody spins; a spinning worker that finds work wakes
// the next one before it runs it; one that finds nothing stops being counted as spinning first, and
// then looks again.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "worker.hpp"

namespace iomodels::gonet::scheduler {

// Stops the running coroutine: see Worker::Commit. Returns after another coroutine or thread has
// made it ready.
void park(Worker::Commit commit, void* argument);
// To the end of the processor's own queue, as Go's goyield.
void yield();
// yield, if sysmon found that this time slice has lasted too long. Cheap enough for every call.
void yield_if_overdue();
// Runs next what was parked. For the holder of a processor.
void ready(Coroutine* coroutine);
// Queues what a poll has found; with or without a processor.
void inject(CoroutineList& list);
// Somebody has armed the earliest timer of a processor.
void wake_for_timer(std::int64_t when_ns);

// What follows is shared by the scheduler's own files.

struct State {
  Mutex mutex;
  CoroutineQueue global;                    // guarded by mutex
  std::atomic<std::size_t> global_size{0};  // written under mutex, read without
  Processor* idle_processors = nullptr;     // guarded by mutex
  Worker* idle_workers = nullptr;           // guarded by mutex
  Worker* workers = nullptr;                // guarded by mutex; all that ever were, also of earlier
                                            // runs
  std::atomic<bool> sysmon_sleeps{
      false};  // deeply, until a processor is taken; written under mutex
  Note sysmon_note;
  std::atomic<int> idle_count{0};  // of idle_processors
  std::atomic<int> spinning{0};    // workers
  // Work was found, but no idle processor: the next to go idle stays awake.
  std::atomic<bool> needs_spinning{false};
  std::atomic<bool> is_stopping{false};
  std::atomic<bool> polls_now{false};         // a worker is in the non-blocking poll
  std::atomic<std::int64_t> last_poll_ns{0};  // 0: a worker is in the blocking poll
  // When that ends by itself; 0: not at all, or nobody polls.
  std::atomic<std::int64_t> poll_until_ns{0};
  std::atomic<bool> overdue_hint{false};  // some processor is overdue
  std::vector<Processor*> processors;     // constant during a run, as the next
  std::vector<std::uint32_t> strides;     // coprime to their number: each visits all of them
};
extern State& state;

// The caller holds state.mutex, for these five.
Processor* take_idle_processor();
Processor* take_idle_processor_to_spin();
void give_up_processor(Worker& worker);
void put_global(CoroutineQueue& queue);
Coroutine* take_global(Processor& processor, std::size_t most);

// The same for one who does not hold it.
Coroutine* take_from_global(Worker& worker, std::size_t most);

// Takes the next coroutine from the processor's own queue.
Coroutine* take_local(Worker& worker, bool& inherits);
void put_local(Worker& worker, Coroutine* coroutine, bool is_next);
// Waits for work. Null when the run is over. inherits: it continues the time slice of the one
// before.
Coroutine* find_runnable(Worker& worker, bool& inherits);
// Finds coroutines and runs them, until the run is over.
void run_coroutines(Worker& worker);
// Commits the end of a coroutine: nothing of it is used any more, not even by the thread that ran
// it.
bool recycle(Coroutine* coroutine, void* worker);

// Queues all of the list in the global queue, for the worker that comes first.
void inject_globally(CoroutineList& list);
// Wakes a worker for each of n coroutines in the global queue, as long as there are idle
// processors.
void start_idle(std::size_t n);
// Wakes sysmon, if it sleeps deeply, for a processor that was idle. The caller holds state.mutex.
void wake_sysmon();
// Wakes a worker to look for work, if that is useful.
void wake_one();
// Sleeps until somebody hands over a processor, or the run ends.
void sleep(Worker& worker);
// Starts or wakes a worker on that processor.
void start_worker(Processor* processor, bool spins);
// Ends the process with one line when there is no room for a thread.
void start_thread(const char* what, pthread_t& thread, void* (*run)(void*), void* argument);
void run_worker(Worker& worker);
void* sysmon(void* worker);
Worker* new_worker();
std::int64_t earliest_timer();

}  // namespace iomodels::gonet::scheduler
