// In place of ../descriptor_pool.cc, with small-descriptors and what sweeps need.
#include <cstdlib>
#include <new>
#include <vector>

#include "descriptor_blocks.hpp"
#include "tuning.hpp"

namespace iomodels::gonet {
namespace descriptor_pool {
namespace {

constexpr std::size_t kBytes = sizeof(PollDesc) + sizeof(Deadlines);
constexpr std::size_t kSmallBytes = 64;
static_assert(sizeof(PollDesc) <= kSmallBytes);
static_assert(kSmallBytes % (1u << kAlignBits) == 0 && kBytes % (1u << kAlignBits) == 0);

struct Pool {
  ProcessorMutex mutex;  // guards what follows
  std::vector<PollDesc*> descriptors;
  std::vector<Deadlines*> deadlines;
  Mutex block_mutex;  // guards what follows, which sysmon reads, without a processor
  std::vector<Block> blocks;
};
// Never destroyed: workers may still run while the process exits.
Pool& pool = *new Pool;

// With small-descriptors: of those that have no deadline. Only ever read.
Deadlines& no_deadlines = *new Deadlines;

PollDesc* place(char* at) {
  if (tuning.small_descriptors) return new (at) PollDesc(&no_deadlines);
  return new (at) PollDesc(new (at + sizeof(PollDesc)) Deadlines);
}

template <class T>
T* take_last(std::vector<T*>& from) {
  T* const last = from.back();
  from.pop_back();
  return last;
}

Deadlines* take_deadlines() {
  const Locked lock(pool.mutex);
  return pool.deadlines.empty() ? new Deadlines : new (take_last(pool.deadlines)) Deadlines;
}

// With its timers disarmed.
void give_back_deadlines(Deadlines* deadlines) {
  const Locked lock(pool.mutex);
  pool.deadlines.push_back(deadlines);
}

}  // namespace

PollDesc* take() {
  const Locked lock(pool.mutex);
  if (pool.descriptors.empty()) {
    auto* const block = static_cast<char*>(std::aligned_alloc(kBlockBytes, kBlockBytes));
    if (block == nullptr) return nullptr;
    const std::size_t bytes = tuning.small_descriptors ? kSmallBytes : kBytes;
    for (std::size_t at = 0; at < kBlockBytes; at += bytes) {
      pool.descriptors.push_back(place(block + at));
    }
    const Locked block_lock(pool.block_mutex);
    pool.blocks.push_back({block, bytes});
  }
  return take_last(pool.descriptors);
}

void give_back(PollDesc* descriptor) {
  const Locked lock(pool.mutex);
  pool.descriptors.push_back(descriptor);
}

Block block(std::size_t number) {
  const Locked lock(pool.block_mutex);
  return number < pool.blocks.size() ? pool.blocks[number] : Block{};
}

}  // namespace descriptor_pool

void PollDesc::change_deadlines(std::int64_t when_ns, Mode mode) {
  if (deadlines_ == &descriptor_pool::no_deadlines) {
    if (when_ns == 0) return;  // there is none, and there has been none
    deadlines_ = descriptor_pool::take_deadlines();
  }
  const std::int64_t read_before = deadlines_->read_ns;
  const std::int64_t write_before = deadlines_->write_ns;
  if (reads(mode)) deadlines_->read_ns = when_ns;
  if (writes(mode)) deadlines_->write_ns = when_ns;
  publish();
  set_timers(read_before, write_before);
}

void PollDesc::release_deadlines() {
  if (deadlines_ == &descriptor_pool::no_deadlines) return;
  deadlines_->read_ns = deadlines_->write_ns = 0;
  if (!tuning.small_descriptors) return;
  descriptor_pool::give_back_deadlines(deadlines_);
  deadlines_ = &descriptor_pool::no_deadlines;
}

}  // namespace iomodels::gonet
