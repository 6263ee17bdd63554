// Preloaded into a server: pthread_create succeeds FAULT_THREADS times; from then on every second
// call fails as the kernel makes it fail when there are too many threads.
#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace {

std::atomic<long> calls{0};

long good_calls() {
  const char* const text = std::getenv("FAULT_THREADS");
  return text == nullptr ? 0 : std::atol(text);
}

}  // namespace

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*run)(void*), void* argument) {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  const long number = calls.fetch_add(1) - good_calls();
  if (number >= 0 && number % 2 == 0) return EAGAIN;
  return create(thread, attributes, run, argument);
}
