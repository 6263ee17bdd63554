// Objects that only the kernel refers to: those of descriptors that epoll or io_uring watches.
// LeakSanitizer cannot look into the kernel, and would report what a server still waits for when it
// is stopped. An ordinary build has none of this.
#pragma once

#include <atomic>
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define IOMODELS_HELD 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IOMODELS_HELD 1
#endif
#endif

namespace iomodels::held {

#ifdef IOMODELS_HELD
// By descriptor; objects of greater descriptors are not kept.
inline std::atomic<const void*> objects[1 << 16];

inline std::atomic<const void*>* place_of(int fd) {
  const bool is_known = fd >= 0 && static_cast<std::size_t>(fd) < std::size(objects);
  return is_known ? &objects[fd] : nullptr;
}
#endif

// The kernel has been given object, and returns it when fd is ready.
inline void hold([[maybe_unused]] int fd, [[maybe_unused]] const void* object) {
#ifdef IOMODELS_HELD
  if (std::atomic<const void*>* const place = place_of(fd)) place->store(object);
#endif
}

// The kernel returns it no more. Call while fd is still open.
inline void release(int fd) { hold(fd, nullptr); }

// The same after fd has been closed, when another object may be behind the number.
inline void release([[maybe_unused]] int fd, [[maybe_unused]] const void* object) {
#ifdef IOMODELS_HELD
  if (std::atomic<const void*>* const place = place_of(fd)) {
    place->compare_exchange_strong(object, nullptr);
  }
#endif
}

}  // namespace iomodels::held
