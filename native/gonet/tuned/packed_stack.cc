#include "packed_stack.hpp"

#include <cstdlib>
#include <cstring>

#include "descriptor_blocks.hpp"
#include "gonet/netpoll.hpp"
#include "gonet/scheduler.hpp"

namespace iomodels::gonet {
namespace {

constexpr std::size_t kWokenAtOnce = 256;
constexpr std::int64_t kPauseNs = 10'000'000;
// One more than the last wait needs: it may have set the flag while a sweep was on its way.
constexpr int kVainSweeps = 2;

std::atomic<bool> has_no_pause{false};
alignas(64) std::atomic<bool> has_new_waits{false};

// Followed by the bytes.
struct Block {
  char* stack_pointer;

  char* bytes() { return reinterpret_cast<char*>(this + 1); }
};

// Stack pointers are even, and so are addresses of blocks: the lowest bit says which it is.
void* tagged(Block* block) { return reinterpret_cast<char*>(block) + 1; }
Block* block_of(const Coroutine& coroutine) {
  return reinterpret_cast<Block*>(static_cast<char*>(coroutine.stack_pointer) - 1);
}

// Queues what can wait a little, without a processor: interrupts the blocking poll rather than
// starting another worker.
void inject_in_background(CoroutineList& list) {
  if (list.empty()) return;
  CoroutineQueue all;
  while (!list.empty()) all.push_back(list.pop());
  {
    const Locked lock(scheduler::state.mutex);
    scheduler::put_global(all);
  }
  // A poller that does not see the interruption has left the poll, and looks for work.
  if (scheduler::state.last_poll_ns.load() == 0) return netpoll::interrupt();
  if (scheduler::state.idle_count.load() > 0) scheduler::start_idle(1);
}

std::size_t used_bytes(const Coroutine& coroutine, const char* stack_pointer) {
  return static_cast<std::size_t>(coroutine.stack.top - stack_pointer);
}

}  // namespace

void pack(Coroutine& coroutine) {
  auto* const stack_pointer = static_cast<char*>(coroutine.stack_pointer);
  const std::size_t bytes = used_bytes(coroutine, stack_pointer);
  if (!coroutine.has_private_stack || bytes > kMaxPackedBytes) return;
  auto* const block = static_cast<Block*>(std::malloc(sizeof(Block) + bytes));
  if (block == nullptr) return;
  block->stack_pointer = stack_pointer;
  std::memcpy(block->bytes(), stack_pointer, bytes);
  coroutine.stack_pointer = tagged(block);
  release_pages(coroutine.stack);
  Worker::current().stats.stacks_packed.add();
}

void unpack(Coroutine& coroutine) {
  Block* const block = block_of(coroutine);
  char* const stack_pointer = block->stack_pointer;
  std::memcpy(stack_pointer, block->bytes(), used_bytes(coroutine, stack_pointer));
  coroutine.stack_pointer = stack_pointer;
  std::free(block);
  Worker::current().stats.stacks_unpacked.add();
}

void keep_stack_private() { Worker::current().running->has_private_stack = true; }

void note_wait() {
  if (has_new_waits.load(std::memory_order_relaxed)) return;
  has_new_waits.store(true, std::memory_order_relaxed);
}

void StackSweeper::plan(std::int64_t now_ns) {
  if (due_ns_ != 0 || !has_new_waits.load(std::memory_order_relaxed)) return;
  due_ns_ = now_ns + (has_no_pause.load() ? 0 : kPeriodNs);
}

// Nobody runs now, so all waits are known.
std::int64_t StackSweeper::shorten(std::int64_t sleep_ns) {
  if (!packs_stacks()) return sleep_ns;
  const std::int64_t now = now_ns();
  plan(now);
  if (due_ns_ == 0) return sleep_ns;
  const std::int64_t left = due_ns_ > now ? due_ns_ - now : 0;
  return sleep_ns < 0 || left < sleep_ns ? left : sleep_ns;
}

// True when the sweep has ended.
bool StackSweeper::wake_some() {
  CoroutineList woken;
  bool is_over = false;
  while (!is_over && woken.size() < kWokenAtOnce) {
    const descriptor_pool::Block block = descriptor_pool::block(block_++);
    for (std::size_t i = 0; i < block.size(); ++i) {
      if (Coroutine* const coroutine = PollDescExtras::count_rest(block[i], is_left_))
        woken.push(coroutine);
    }
    is_over = block.size() == 0;
  }
  const auto n = static_cast<int>(woken.size());
  inject_in_background(woken);
  netpoll::add_waiters(-n);
  return is_over;
}

void StackSweeper::run() {
  if (!packs_stacks()) return;
  const std::int64_t now = now_ns();
  plan(now);
  if (due_ns_ == 0 || now < due_ns_) return;
  if (block_ == 0 && has_new_waits.exchange(false)) is_left_ = true;
  if (!wake_some()) {
    due_ns_ = now + kPauseNs;
    return;
  }
  vain_sweeps_ = is_left_ ? 0 : vain_sweeps_ + 1;
  const std::int64_t next = now + (has_no_pause.load() ? 0 : kPeriodNs);
  due_ns_ = vain_sweeps_ < kVainSweeps ? next : 0;
  block_ = 0;
  is_left_ = false;
}

void sweep_without_pause(bool is_so) { has_no_pause.store(is_so); }

}  // namespace iomodels::gonet
