// Tells AddressSanitizer and ThreadSanitizer when a thread changes stacks. An ordinary build has
// none of it.
//
// Each switch is leave(...) just before it on the old stack and arrive(...) just after it on the
// new one. ThreadSanitizer takes a switch as ordering the two sides, which is right on one thread.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define IOMODELS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IOMODELS_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define IOMODELS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define IOMODELS_TSAN 1
#endif
#endif

#ifdef IOMODELS_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
#ifdef IOMODELS_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace iomodels::gonet {

#ifdef IOMODELS_ASAN
inline constexpr bool kFibersAreMarked = true;
#else
// arrive does nothing, so its callers need not find its argument.
inline constexpr bool kFibersAreMarked = false;
#endif

#if defined(IOMODELS_ASAN) || defined(IOMODELS_TSAN)
// What the sanitizers recorded for a stack's addresses is wrong once others have used its pages.
inline constexpr bool kStacksCanBePacked = false;
#else
inline constexpr bool kStacksCanBePacked = true;
#endif

// LeakSanitizer looks for pointers on the stacks of threads; those of coroutines have to be named.
inline void stack_is_mapped([[maybe_unused]] char* bottom, [[maybe_unused]] std::size_t bytes) {
#ifdef IOMODELS_ASAN
  __lsan_register_root_region(bottom, bytes);
#endif
}

struct Fiber {
#ifdef IOMODELS_ASAN
  void* fake_stack = nullptr;
  const void* bottom = nullptr;
  std::size_t bytes = 0;
#endif
#ifdef IOMODELS_TSAN
  void* tsan = nullptr;
#endif

  // A new coroutine's stack, which may have been another's before.
  void create([[maybe_unused]] char* stack_bottom, [[maybe_unused]] std::size_t stack_bytes) {
#ifdef IOMODELS_ASAN
    bottom = stack_bottom;
    bytes = stack_bytes;
#endif
#ifdef IOMODELS_TSAN
    tsan = __tsan_create_fiber(0);
#endif
  }

  // The calling thread's own stack.
  void adopt_thread() {
#ifdef IOMODELS_TSAN
    tsan = __tsan_get_current_fiber();
#endif
  }

  // Before the switch from this stack to another.
  void leave([[maybe_unused]] Fiber& to) {
#ifdef IOMODELS_ASAN
    __sanitizer_start_switch_fiber(&fake_stack, to.bottom, to.bytes);
#endif
#ifdef IOMODELS_TSAN
    __tsan_switch_to_fiber(to.tsan, 0);
#endif
  }

  // The same, when this stack ends.
  void leave_for_good([[maybe_unused]] Fiber& to) {
#ifdef IOMODELS_ASAN
    __sanitizer_start_switch_fiber(nullptr, to.bottom, to.bytes);
#endif
#ifdef IOMODELS_TSAN
    __tsan_switch_to_fiber(to.tsan, 0);
#endif
  }

  // After the switch from another stack to this one, which learns where the other lies.
  void arrive([[maybe_unused]] Fiber& from) {
#ifdef IOMODELS_ASAN
    __sanitizer_finish_switch_fiber(fake_stack, &from.bottom, &from.bytes);
#endif
  }

  // Called on another stack, when nobody will switch to this one again.
  void destroy() {
#ifdef IOMODELS_TSAN
    __tsan_destroy_fiber(tsan);
#endif
  }
};

// Forgets what AddressSanitizer knew of frames on a stack, before it is used again.
inline void forget_frames([[maybe_unused]] char* bottom, [[maybe_unused]] std::size_t bytes) {
#ifdef IOMODELS_ASAN
  __asan_unpoison_memory_region(bottom, bytes);
#endif
}

}  // namespace iomodels::gonet
