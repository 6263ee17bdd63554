#include "lock.hpp"

#include <time.h>

#include <cstdio>
#include <cstdlib>

#include "core/sys_runtime.hpp"

namespace iomodels::gonet {

bool one_processor = false;

void impossible(const char* what) {
  std::fprintf(stderr, "gonet: %s\n", what);
  std::abort();
}

std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

void Mutex::lock_slowly() {
  while (word_.exchange(2, std::memory_order_acquire) != 0) sys::futex_wait(word_, 2, -1);
}

void Mutex::wake_one() { sys::futex_wake(word_); }

bool Note::sleep_for(std::int64_t ns) {
  const std::int64_t end = ns < 0 ? 0 : now_ns() + ns;
  while (word_.load() == 0) {
    const std::int64_t left = ns < 0 ? -1 : end - now_ns();
    if (ns >= 0 && left <= 0) return false;
    sys::futex_wait(word_, 0, left);
  }
  return true;
}

void Note::wake() {
  if (word_.exchange(1) != 0) impossible("a note was woken twice");
  sys::futex_wake(word_);
}

}  // namespace iomodels::gonet
