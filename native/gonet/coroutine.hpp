// A coroutine (Go's G): a stack, and where it stopped. The object is at the top of its own stack,
// with the function that it runs.
//
//   state      where it is                              leaves it by
//   runnable   one of the run queues                    find_runnable -> running
//   running    on a worker                              yield -> runnable, park -> parked,
//                                                       return -> gone
//   parked     a poll descriptor, timer or semaphore    ready, inject -> runnable
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include "fiber.hpp"
#include "policy.hpp"
#include "stack.hpp"

namespace iomodels::gonet {

struct Coroutine : CoroutineExtras {
  void* stack_pointer = nullptr;  // valid while it does not run
  Coroutine* next = nullptr;      // in a queue, or in a list of coroutines that became ready
  void (*run)(Coroutine*) = nullptr;
  const char* name = nullptr;  // text that lives forever
  Stack stack;
  Fiber fiber;
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
  std::size_t size() const { return size_; }
  void push_back(Coroutine* coroutine) {
    coroutine->next = nullptr;
    (empty() ? head_ : tail_->next) = coroutine;
    tail_ = coroutine;
    ++size_;
  }
  Coroutine* pop_front() {
    Coroutine* const first = head_;
    if (first == nullptr) return nullptr;
    head_ = first->next;
    --size_;
    return first;
  }
  // Moves all of other to the end.
  void append(CoroutineQueue& other) {
    if (other.empty()) return;
    (empty() ? head_ : tail_->next) = other.head_;
    tail_ = other.tail_;
    size_ += other.size_;
    other = {};
  }

 private:
  Coroutine* head_ = nullptr;
  Coroutine* tail_ = nullptr;
  std::size_t size_ = 0;
};

// Intrusive list, last in first out: in the order in which Go runs what a poll made ready.
class CoroutineList {
 public:
  bool empty() const { return head_ == nullptr; }
  std::size_t size() const { return size_; }
  void push(Coroutine* coroutine) {
    coroutine->next = head_;
    head_ = coroutine;
    ++size_;
  }
  Coroutine* pop() {
    Coroutine* const first = head_;
    head_ = first->next;
    --size_;
    return first;
  }

 private:
  Coroutine* head_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace iomodels::gonet
