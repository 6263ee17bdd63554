#include "stack_guard.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "worker.hpp"

namespace iomodels::gonet {
namespace {

constexpr std::size_t kSignalStackBytes = 32 * 1024;

struct sigaction before;  // what a fault outside of guard pages leads to

void say(const char* text) { (void)!::write(STDERR_FILENO, text, std::strlen(text)); }

void on_fault(int signal, siginfo_t* info, void*) {
  const Worker* const worker = Worker::current_or_null();
  const Coroutine* const running = worker == nullptr ? nullptr : worker->running;
  if (running == nullptr || !running->stack.guard_holds(info->si_addr)) {
    // The instruction faults again when this returns, then with the previous handler.
    sigaction(signal, &before, nullptr);
    return;
  }
  say("gonet: stack overflow in coroutine ");
  say(running->name);
  say(": its stack has 61440 bytes (native/gonet/stack.hpp: kStackBytes)\n");
  std::abort();
}
static_assert(kStackBytes - kGuardBytes == 61440, "on_fault says so");

// Once for the process.
bool install() {
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  return sigaction(SIGSEGV, &action, &before) == 0 && sigaction(SIGBUS, &action, nullptr) == 0;
}

}  // namespace

StackGuard::StackGuard() : bytes_(kSignalStackBytes) {
  static const bool is_installed = install();
  if (!is_installed) impossible("sigaction of SIGSEGV failed");
  memory_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory_ == MAP_FAILED) impossible("no memory for a signal stack");
  stack_t stack{};
  stack.ss_sp = memory_;
  stack.ss_size = bytes_;
  if (sigaltstack(&stack, nullptr) != 0) impossible("sigaltstack failed");
}

StackGuard::~StackGuard() {
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  (void)sigaltstack(&none, nullptr);
  munmap(memory_, bytes_);
}

}  // namespace iomodels::gonet
