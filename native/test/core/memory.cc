// Memory that runs out: the reserve, and its end.
#include "core/memory.hpp"

#include <sys/resource.h>

#include <cstdio>
#include <fstream>
#include <memory>

#include "../check.hpp"

namespace {

constexpr std::size_t kPageBytes = 4096;
// Small enough to come from the heap that the reserve is given back to.
constexpr std::size_t kPieceBytes = 1024;

// No more memory than the process has now, and a little.
void limit_memory(std::size_t extra_bytes) {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlimit limit{pages * kPageBytes + extra_bytes, RLIM_INFINITY};
  if (setrlimit(RLIMIT_AS, &limit) != 0) check::skip("RLIMIT_AS cannot be set");
}

using Pieces = std::vector<std::unique_ptr<char[]>>;

// Until the reserve is touched. The list has its memory before.
void fill(Pieces& pieces) {
  while (!iomodels::reserving::is_used.load() && pieces.size() < pieces.capacity()) {
    pieces.push_back(std::make_unique<char[]>(kPieceBytes));
  }
}

void reserve_is_used_and_restored() {
  Pieces pieces;
  pieces.reserve(100'000);
  iomodels::reserve_memory();
  CHECK(!iomodels::is_memory_short());
  limit_memory(256 * 1024);
  fill(pieces);
  CHECK(iomodels::reserving::is_used.load());
  // Half of the reserve is still there for the open connections.
  for (int i = 0; i < 500; ++i) pieces.push_back(std::make_unique<char[]>(kPieceBytes));
  CHECK(iomodels::is_memory_short());
  pieces.clear();
  CHECK(!iomodels::is_memory_short());
}

void end_is_one_line() {
  int ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    iomodels::reserve_memory();
    limit_memory(64 * 1024);
    // Volatile: an allocation that nobody looks at may be left out by the compiler.
    static char* volatile kept;
    for (;;) kept = new char[kPieceBytes];
  }
  close(ends[1]);
  char text[256] = "";
  const ssize_t n = read(ends[0], text, sizeof text - 1);
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(n > 0 && std::string(text) == "out of memory, and no reserve is left\n");
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

// A sanitizer has an allocator and address space of its own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kHasOwnAllocator = false;
#else
constexpr bool kHasOwnAllocator = true;
#endif

}  // namespace

int main(int argc, char** argv) {
  const auto unless_sanitized = [](void (*body)()) {
    return [body] { kHasOwnAllocator ? body() : check::skip("the sanitizer allocates"); };
  };
  return check::run(
      argc, argv,
      {{"memory that runs out uses the reserve, and gives it back",
        unless_sanitized(reserve_is_used_and_restored)},
       {"without a reserve the process ends with one line", unless_sanitized(end_is_one_line)}});
}
