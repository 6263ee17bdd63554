#include "partner.hpp"

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "counters.hpp"
#include "sys_runtime.hpp"

namespace iomodels {
namespace {

constexpr std::size_t kStackBytes = 64 * 1024;

// One thread's partner. turn_ says who may run; the other sleeps on it.
//
//   turn_    who moves it on          to
//   owner    owner, in hand_off       partner
//   partner  partner, when it runs    owner
//   over     owner, when it ends      (the partner ends)
class Partner {
 public:
  Partner() {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStackBytes);
    const int error = pthread_create(&thread_, &attributes, run, this);
    pthread_attr_destroy(&attributes);
    if (error != 0) fail(error);
    counters().threads_created.add();
  }
  ~Partner() {
    pass(kOver);
    pthread_join(thread_, nullptr);
  }
  Partner(const Partner&) = delete;
  Partner& operator=(const Partner&) = delete;

  void hand_off() {
    cpu_.store(sched_getcpu(), std::memory_order_relaxed);
    pass(kPartner);
    sleep_while(kPartner);
  }

 private:
  static constexpr std::uint32_t kOwner = 0;
  static constexpr std::uint32_t kPartner = 1;
  static constexpr std::uint32_t kOver = 2;

  static void* run(void* partner) {
    be_batch();
    static_cast<Partner*>(partner)->serve();
    return nullptr;
  }

  void serve() {
    for (;;) {
      const std::uint32_t turn = sleep_while(kOwner);
      if (turn == kOver) return;
      follow_owner();
      pass(kOwner);
    }
  }

  // A server that cannot add the cost it was asked for must not be measured.
  [[noreturn]] static void fail(int error) {
    std::fprintf(stderr, "--inject-handoffs: pthread_create: %s\n", std::strerror(error));
    std::_Exit(1);
  }

  // Of the partner alone: a batch thread does not preempt the one that wakes it, so the owner goes
  // to sleep by itself. The owner keeps its class: a server with hand-offs is scheduled as one
  // without.
  static void be_batch() {
    const sched_param none{};
    (void)pthread_setschedparam(pthread_self(), SCHED_BATCH, &none);
  }

  // On two CPUs both threads would run at the same time, without a switch between them.
  void follow_owner() {
    const int cpu = cpu_.load(std::memory_order_relaxed);
    if (cpu == own_cpu_ || cpu < 0) return;
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(static_cast<unsigned>(cpu), &only);
    if (pthread_setaffinity_np(pthread_self(), sizeof only, &only) == 0) own_cpu_ = cpu;
  }

  void pass(std::uint32_t turn) {
    turn_.store(turn, std::memory_order_release);
    counters().injected_syscalls.add();
    sys::futex_wake(turn_);
  }

  // Always makes the call, also when there is nothing left to wait for: a hand-off is four calls,
  // whichever thread is quicker.
  std::uint32_t sleep_while(std::uint32_t turn) {
    for (;;) {
      counters().injected_syscalls.add();
      sys::futex_wait(turn_, turn, -1);
      const std::uint32_t now = turn_.load(std::memory_order_acquire);
      if (now != turn) return now;
    }
  }

  std::atomic<std::uint32_t> turn_{kOwner};
  std::atomic<int> cpu_{-1};  // where the owner was when it handed off
  int own_cpu_ = -1;          // where the partner is bound to
  pthread_t thread_{};
};

}  // namespace

void hand_off(std::uint32_t times) {
  thread_local Partner partner;
  for (std::uint32_t i = 0; i < times; ++i) partner.hand_off();
}

}  // namespace iomodels
