#include "scheduler.hpp"

#include "netpoll.hpp"
#include "spawn.hpp"
#include "stack_guard.hpp"
#include "switch.hpp"

namespace iomodels::gonet {
namespace {

thread_local Worker* current_worker = nullptr;

}  // namespace

[[gnu::noinline]] Worker* Worker::current_or_null() {
  asm volatile("");  // keeps the call from being merged with another one across a coroutine switch
  return current_worker;
}

[[gnu::noinline]] Worker& Worker::current() {
  asm volatile("");
  if (current_worker == nullptr) impossible("called outside of a coroutine");
  return *current_worker;
}

[[gnu::noinline]] void Worker::make_current(Worker* worker) {
  asm volatile("");
  current_worker = worker;
}

namespace scheduler {
namespace {

// The first function on a coroutine's stack.
void enter(void* coroutine) {
  auto* const self = static_cast<Coroutine*>(coroutine);
  self->fiber.arrive(Worker::current().fiber);
  self->run(self);
  Worker& worker = Worker::current();
  worker.commit = recycle;
  worker.commit_argument = &worker;
  self->fiber.leave_for_good(worker.fiber);
  iomodels_gonet_switch(&self->stack_pointer, worker.stack_pointer);
  __builtin_unreachable();
}

bool requeue(Coroutine* coroutine, void* argument) {
  Worker& worker = *static_cast<Worker*>(argument);
  if (!worker.processor->queue.put(coroutine)) [[unlikely]]
    put_local(worker, coroutine, false);
  return true;
}

// As Go's gopreempt_m. Not to the own queue: what sysmon polled waits in the global one, which a
// worker with work of its own reads at every 61st slice only.
bool requeue_globally(Coroutine* coroutine, void*) {
  CoroutineQueue only;
  only.push_back(coroutine);
  {
    const Locked lock(state.mutex);
    put_global(only);
  }
  wake_one();
  return true;
}

// Stops the coroutine that runs on worker; returns on the worker that resumes it.
void leave(Worker& worker, Worker::Commit commit, void* argument) {
  Coroutine* const self = worker.running;
  worker.commit = commit;
  worker.commit_argument = argument;
  self->fiber.leave(worker.fiber);
  iomodels_gonet_switch(&self->stack_pointer, worker.stack_pointer);
  if constexpr (kFibersAreMarked) self->fiber.arrive(Worker::current().fiber);
}

}  // namespace

State& state = *new State;  // never destroyed: workers may still run while the process exits

void park(Worker::Commit commit, void* argument) { leave(Worker::current(), commit, argument); }

void yield() {
  Worker& worker = Worker::current();
  leave(worker, requeue, &worker);
}

void yield_if_overdue() {
  if (!state.overdue_hint.load(std::memory_order_relaxed)) [[likely]]
    return;
  Worker& worker = Worker::current();
  if (!worker.processor->is_overdue.load(std::memory_order_relaxed)) return;
  worker.processor->is_overdue.store(false, std::memory_order_relaxed);
  worker.stats.yields_overdue.add();
  leave(worker, requeue_globally, nullptr);
}

void ready(Coroutine* coroutine) {
  Worker& worker = Worker::current();
  put_local(worker, coroutine, true);
  wake_one();
}

// The slow part is Go's runqputslow.
void put_local(Worker& worker, Coroutine* coroutine, bool is_next) {
  RunQueue& queue = worker.processor->queue;
  if (is_next) coroutine = queue.put_next(coroutine);
  if (coroutine == nullptr) return;
  while (!queue.put(coroutine)) {
    CoroutineQueue half = queue.take_half();
    if (half.empty()) continue;
    half.push_back(coroutine);
    worker.stats.queue_overflows.add();
    const Locked lock(state.mutex);
    return put_global(half);
  }
}

Coroutine* take_local(Worker& worker, bool& inherits) {
  Processor& processor = *worker.processor;
  if (processor.is_overdue.load(std::memory_order_relaxed)) [[unlikely]] {
    // The time slice is over, also for a chain of coroutines that ready each other: now the others
    // come first.
    processor.is_overdue.store(false, std::memory_order_relaxed);
    if (Coroutine* const next = processor.queue.take_next()) put_local(worker, next, false);
  }
  return processor.queue.take(inherits);
}

void run_worker(Worker& worker) {
  const StackGuard guard;
  worker.fiber.adopt_thread();
  run_coroutines(worker);
}

Stack take_stack() { return Worker::current().processor->stacks.take(); }

void spawn(Coroutine* coroutine, void* stack_top, const char* name) {
  coroutine->name = name;
  coroutine->stack_pointer = prepare_stack(stack_top, enter, coroutine);
  char* const bottom = coroutine->stack.bottom();
  coroutine->fiber.create(bottom, static_cast<std::size_t>(coroutine->stack.top - bottom));
  ready(coroutine);
}

}  // namespace scheduler
}  // namespace iomodels::gonet
