// A poll descriptor: what the netpoller knows of one file descriptor, and who waits for it.
//
// Each direction has a semaphore, one word that is nil, ready, wait or a parked coroutine:
//
//   id   who                              from             to
//   T1   prepare, before the system call  any              nil
//   T2   wait, first step                 ready            nil; no park
//   T3   wait, first step                 nil              wait
//   T5   wait, once the stack is left     wait             coroutine; parked
//   T5'  the same, if T7 came first       ready            goes on at once
//   T6   wait, resumed                    any              nil
//   T7   the netpoller: an edge           nil, wait        ready (remembered)
//                                         coroutine        ready; the coroutine is to be run
#pragma once

#include <atomic>
#include <cstdint>

#include "coroutine.hpp"

namespace iomodels::gonet {

class Semaphore {
 public:
  void reset() { word_.store(kNil); }
  // Waits for an edge; not at all when one is remembered.
  void wait();
  // An edge: returns the coroutine that is to be run, if one was parked.
  Coroutine* unblock();

 private:
  static constexpr std::uintptr_t kNil = 0;
  static constexpr std::uintptr_t kReady = 1;
  static constexpr std::uintptr_t kWait = 2;

  static bool commit(Coroutine* parked, void* semaphore);

  std::atomic<std::uintptr_t> word_{kNil};
};

struct PollDesc {
  Semaphore reader;
  Semaphore writer;
  std::uint32_t sequence =
      1;  // changes with each reuse, so that events of an earlier descriptor are told apart
  PollDesc* next_free = nullptr;
};

}  // namespace iomodels::gonet
