// What only the kernel refers to is no leak, and what nobody refers to any more is one. Built with
// AddressSanitizer, whose LeakSanitizer is asked here; an ordinary build keeps no account of it.
#include <sanitizer/lsan_interface.h>

#include "../core/tools.hpp"
#include "core/held.hpp"

namespace {

using namespace tools;

// Addresses as LeakSanitizer does not see them.
std::uintptr_t hidden(const void* object) { return ~reinterpret_cast<std::uintptr_t>(object); }

// In a frame of its own, so that no address stays behind where the check looks.
__attribute__((noinline)) std::uintptr_t make_object() { return hidden(new int[100]); }
__attribute__((noinline)) void watch(int epoll, int fd, std::uintptr_t object) {
  CHECK(sys::epoll_add(epoll, fd, reinterpret_cast<void*>(~object)));
}
__attribute__((noinline)) void release(int fd, std::uintptr_t object) {
  held::release(fd, reinterpret_cast<const void*>(~object));
}
__attribute__((noinline)) void overwrite_stack() {
  volatile char frame[16'384];
  for (volatile char& byte : frame) byte = 0;
}

// Once in a process: a second check knows what the first has found.
bool is_leaked() {
  overwrite_stack();
  return __lsan_do_recoverable_leak_check() != 0;
}

struct Watched {
  Ends ends = connection();
  int epoll = sys::epoll_create();
  std::uintptr_t object = make_object();

  Watched() { watch(epoll, ends.server, object); }
  ~Watched() { delete[] reinterpret_cast<int*>(~object); }
};

void nobody_refers_to_it() {
  const std::uintptr_t object = make_object();
  CHECK(is_leaked());
  delete[] reinterpret_cast<int*>(~object);
}

void epoll_refers_to_it() {
  const Watched watched;
  CHECK(!is_leaked());
}

void no_more_once_it_is_removed() {
  const Watched watched;
  sys::epoll_remove(watched.epoll, watched.ends.server);
  CHECK(is_leaked());
}

void no_more_once_it_is_closed() {
  const Watched watched;
  sys::close(watched.ends.server);
  CHECK(is_leaked());
}

void no_more_once_it_is_released() {
  const Watched watched;
  release(watched.ends.server, watched.object);
  CHECK(is_leaked());
}

void another_object_is_released() {
  const Watched watched;
  const int other = 0;
  held::release(watched.ends.server, &other);
  CHECK(!is_leaked());
}

void numbers_beyond_the_table_are_let_be() {
  const int object = 0;
  held::hold(-1, &object);
  held::hold(1 << 30, &object);
  held::release(1 << 30, &object);
}

}  // namespace

int main(int argc, char** argv) {
  return check::run(argc, argv,
                    {{"nobody refers to it: a leak", nobody_refers_to_it},
                     {"epoll refers to it: no leak", epoll_refers_to_it},
                     {"removed from epoll: a leak", no_more_once_it_is_removed},
                     {"its descriptor closed: a leak", no_more_once_it_is_closed},
                     {"released: a leak", no_more_once_it_is_released},
                     {"another object released: no leak", another_object_is_released},
                     {"numbers beyond the table are let be", numbers_beyond_the_table_are_let_be}});
}
