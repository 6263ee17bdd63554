// Preloaded into a server: a thread that interrupts every other thread some thousand times a
// second, with a signal whose handler does nothing and whose calls are not restarted. What waits in
// the kernel gets EINTR all the time.
#include <dirent.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace {

constexpr long kPauseNs = 300'000;

void ignore(int) {}

void interrupt_others(int storm_thread) {
  DIR* const tasks = opendir("/proc/self/task");
  if (tasks == nullptr) return;
  while (const dirent* task = readdir(tasks)) {
    const int thread = std::atoi(task->d_name);
    if (thread > 0 && thread != storm_thread) syscall(SYS_tgkill, getpid(), thread, SIGUSR1);
  }
  closedir(tasks);
}

void* storm(void*) {
  const auto self = static_cast<int>(syscall(SYS_gettid));
  const timespec pause{0, kPauseNs};
  for (;;) {
    interrupt_others(self);
    nanosleep(&pause, nullptr);
  }
}

[[gnu::constructor]] void begin() {
  struct sigaction action {};
  action.sa_handler = ignore;
  sigaction(SIGUSR1, &action, nullptr);
  // The server's own signals are for its own threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  if (pthread_create(&thread, nullptr, storm, nullptr) != 0) std::abort();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace
