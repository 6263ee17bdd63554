// A coroutine: a stack, and where it stopped. It lives at the top of its own stack, below the
// function that it runs.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include "stack.hpp"

namespace iomodels::gonet {

struct Coroutine {
  void* stack_pointer = nullptr;  // valid while it does not run
  Coroutine* next = nullptr;      // in the run queue, or in a list of coroutines that became ready
  void (*run)(Coroutine*) = nullptr;
  Stack stack;
};

// A coroutine together with the function that it runs.
template <class F>
struct Task : Coroutine {
  explicit Task(F&& function) : function_(std::move(function)) {
    run = [](Coroutine* self) {
      auto* const task = static_cast<Task*>(self);
      task->function_();
      task->function_.~F();
    };
  }

 private:
  union {
    F function_;  // destroyed by run
  };

 public:
  ~Task() {}
};

// Intrusive queue, first in first out.
class CoroutineQueue {
 public:
  bool empty() const { return head_ == nullptr; }
  void push_back(Coroutine* coroutine) {
    coroutine->next = nullptr;
    (empty() ? head_ : tail_->next) = coroutine;
    tail_ = coroutine;
  }
  Coroutine* pop_front() {
    Coroutine* const first = head_;
    head_ = first->next;
    return first;
  }

 private:
  Coroutine* head_ = nullptr;
  Coroutine* tail_ = nullptr;
};

}  // namespace iomodels::gonet
