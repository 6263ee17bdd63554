// How coroutines and a run start: what the templates of gonet.hpp use.
#pragma once

#include "coroutine.hpp"

namespace iomodels::gonet::scheduler {

// From the running worker's processor; top is null and errno set when there is no memory.
Stack take_stack();

// Where a task of that size, in bytes, lives, and below which address its stack is used: both are
// 16-byte aligned.
struct TaskPlace {
  void* task;
  void* stack_top;
};
TaskPlace place_task(Stack stack, std::size_t bytes);

// Puts a new coroutine into the processor's run queue, ahead of the others. Its stack is used below
// stack_top, which is 16-byte aligned.
void spawn(Coroutine* coroutine, void* stack_top, const char* name);

// A run: begin makes the calling thread a worker; serve works until stop, called by a coroutine;
// end lets all workers go.
void begin(unsigned processors);
void serve();
void stop();
void end();

// Parks the running coroutine for the rest of the run.
[[noreturn]] void block_forever();

}  // namespace iomodels::gonet::scheduler
