// What gonet's own steps cost: all on one worker, which is all that runs.
#include "core/counters.hpp"
#include "gonet/gonet.hpp"
#include "gonet/semaphore.hpp"
#include "gonet/switch.hpp"
#include "gonet/worker.hpp"
#include "probe.hpp"

namespace iomodels::probe {
namespace {

constexpr int kBatch = 1000;

void* main_stack = nullptr;
void* other_stack = nullptr;
alignas(16) char other_memory[65536];

void switch_back(void*) {
  for (;;) gonet::iomodels_gonet_switch(&other_stack, main_stack);
}

// Runs main as the first coroutine of a runtime with one worker.
template <class F>
void in_run(F&& main) {
  if (!gonet::run(1, std::forward<F>(main))) fail("mmap of a stack");
}

template <class F>
void start(F&& f) {
  if (!gonet::go_named("probe", std::forward<F>(f))) fail("mmap of a stack");
}

gonet::Coroutine* self() { return gonet::Worker::current().running; }

void park() {
  gonet::scheduler::park([](gonet::Coroutine*, void*) { return true; }, nullptr);
}

}  // namespace

Sample raw_switch(const Request& request) {
  other_stack = gonet::prepare_stack(other_memory + sizeof other_memory, switch_back, nullptr);
  Sample sample;
  sample.cost = timed(request.ns, [] {
    for (int i = 0; i < kBatch; ++i) gonet::iomodels_gonet_switch(&main_stack, other_stack);
    return 2 * kBatch;  // there and back
  });
  return sample;
}

// Two coroutines take turns, so each yield of the one goes with one of the other.
Sample yield_pair(const Request& request) {
  Sample sample;
  in_run([&] {
    bool done = false;
    gonet::Semaphore ended;
    start([&] {
      while (!done) gonet::yield();
      ended.release();
    });
    sample.cost = timed(request.ns, [] {
      for (int i = 0; i < kBatch; ++i) gonet::yield();
      return 2 * kBatch;
    });
    done = true;
    ended.acquire();
  });
  return sample;
}

// One makes the other ready and parks: what a hand-over between two coroutines consists of.
Sample park_ready(const Request& request) {
  Sample sample;
  in_run([&] {
    bool done = false;
    gonet::Semaphore ended;
    gonet::Coroutine* const first = self();
    gonet::Coroutine* second = nullptr;
    start([&] {
      second = self();
      while (!done) {
        gonet::scheduler::ready(first);
        park();
      }
      ended.release();
    });
    park();  // until the second one runs and makes this one ready
    sample.cost = timed(request.ns, [&] {
      for (int i = 0; i < kBatch; ++i) {
        gonet::scheduler::ready(second);
        park();
      }
      return 2 * kBatch;
    });
    done = true;
    gonet::scheduler::ready(second);
    ended.acquire();
  });
  return sample;
}

Sample start_end(const Request& request) {
  Sample sample;
  in_run([&] {
    gonet::Semaphore ended;
    sample.cost = timed(request.ns, [&] {
      for (int i = 0; i < kBatch; ++i) {
        start([&ended] { ended.release(); });
        ended.acquire();
      }
      return kBatch;
    });
  });
  return sample;
}

// What core and gonet count of one request that is read, answered and waited for.
Sample counting(const Request& request) {
  Sample sample;
  in_run([&] {
    sample.cost = timed(request.ns, [] {
      for (int i = 0; i < kBatch; ++i) {
        Counters& in = counters();
        in.syscalls.add();
        in.reads.add();
        in.bytes_read.add(45);
        counters().requests.add();
        Counters& out = counters();
        out.syscalls.add();
        out.writes.add();
        out.bytes_written.add(77);
        Counters& again = counters();
        again.syscalls.add();
        again.reads_again.add();
        gonet::Worker::current().stats.parks.add();
        gonet::Worker::current().stats.poll_events.add();
        gonet::Worker::current().stats.wakeups_nonblocking.add();
      }
      return kBatch;
    });
  });
  return sample;
}

}  // namespace iomodels::probe
