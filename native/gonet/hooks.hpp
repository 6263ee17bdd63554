// Places where tests delay a thread. Compiled in only with -DIOMODELS_GONET_HOOKS; otherwise they
// do not exist.
#pragma once

#include <cstdint>

namespace iomodels::gonet {

enum class Point : std::uint8_t {
  between_again_and_wait,    // a call has returned EAGAIN, its coroutine has not said that it waits
  between_again_and_watch,   // lean-accept: a write has, and nobody watches for output yet
  between_wait_and_park,     // the word says wait, the coroutine still runs
  between_leave_and_commit,  // the coroutine has left its stack, the word does not hold it yet
  between_poll_and_dispatch,     // epoll has returned events, none has been delivered
  between_deadline_and_unblock,  // a deadline's timer is off its heap, its descriptor does not know
};

#ifdef IOMODELS_GONET_HOOKS
extern void (*hook)(Point point);  // set before run; may be null
inline void reach(Point point) {
  if (hook != nullptr) hook(point);
}
#else
inline void reach(Point) {}
#endif

}  // namespace iomodels::gonet
