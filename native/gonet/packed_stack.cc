#include "packed_stack.hpp"

#include <cstdlib>
#include <cstring>

#include "descriptor_pool.hpp"
#include "netpoll.hpp"
#include "scheduler.hpp"

namespace iomodels::gonet {
namespace {

constexpr std::size_t kWokenAtOnce = 256;
constexpr std::int64_t kPauseNs = 10'000'000;
// One more than the last wait needs: it may have set the flag while a sweep was on its way.
constexpr int kVainSweeps = 2;

std::atomic<bool> has_no_pause{false};

// Followed by the bytes.
struct Block {
  char* stack_pointer;

  char* bytes() { return reinterpret_cast<char*>(this + 1); }
};

// Stack pointers are even, and so are addresses of blocks: the lowest bit tells which it is.
void* tagged(Block* block) { return reinterpret_cast<char*>(block) + 1; }
Block* block_of(const Coroutine& coroutine) {
  return reinterpret_cast<Block*>(static_cast<char*>(coroutine.stack_pointer) - 1);
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

void StackSweeper::plan(std::int64_t now_ns) {
  if (due_ns_ != 0 || !has_new_waits_.load(std::memory_order_relaxed)) return;
  due_ns_ = now_ns + (has_no_pause.load() ? 0 : kPeriodNs);
}

std::int64_t StackSweeper::shorten(std::int64_t sleep_ns, std::int64_t now_ns) {
  plan(now_ns);
  if (due_ns_ == 0) return sleep_ns;
  const std::int64_t left = due_ns_ > now_ns ? due_ns_ - now_ns : 0;
  return sleep_ns < 0 || left < sleep_ns ? left : sleep_ns;
}

// True when the sweep has come to its end.
bool StackSweeper::wake_some() {
  CoroutineList woken;
  bool is_over = false;
  while (!is_over && woken.size() < kWokenAtOnce) {
    const descriptor_pool::Block block = descriptor_pool::block(block_++);
    for (std::size_t i = 0; i < block.size(); ++i) {
      if (Coroutine* const coroutine = block[i].count_rest(is_left_)) woken.push(coroutine);
    }
    is_over = block.size() == 0;
  }
  const auto n = static_cast<int>(woken.size());
  scheduler::inject_in_background(woken);
  netpoll::add_waiters(-n);
  return is_over;
}

void StackSweeper::run(std::int64_t now_ns) {
  plan(now_ns);
  if (due_ns_ == 0 || now_ns < due_ns_) return;
  if (block_ == 0 && has_new_waits_.exchange(false)) is_left_ = true;
  if (!wake_some()) {
    due_ns_ = now_ns + kPauseNs;
    return;
  }
  vain_sweeps_ = is_left_ ? 0 : vain_sweeps_ + 1;
  const std::int64_t next = now_ns + (has_no_pause.load() ? 0 : kPeriodNs);
  due_ns_ = vain_sweeps_ < kVainSweeps ? next : 0;
  block_ = 0;
  is_left_ = false;
}

void sweep_without_pause(bool is_so) { has_no_pause.store(is_so); }

}  // namespace iomodels::gonet
