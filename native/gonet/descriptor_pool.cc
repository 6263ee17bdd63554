#include "descriptor_pool.hpp"

#include <cstdlib>
#include <new>
#include <vector>

#include "tuning.hpp"

namespace iomodels::gonet::descriptor_pool {
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

PollDesc* place(char* at) {
  if (tuning.small_descriptors) return new (at) PollDesc(nullptr);
  return new (at) PollDesc(new (at + sizeof(PollDesc)) Deadlines);
}

template <class T>
T* take_last(std::vector<T*>& from) {
  T* const last = from.back();
  from.pop_back();
  return last;
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

Deadlines* take_deadlines() {
  const Locked lock(pool.mutex);
  return pool.deadlines.empty() ? new Deadlines : new (take_last(pool.deadlines)) Deadlines;
}

void give_back(Deadlines* deadlines) {
  const Locked lock(pool.mutex);
  pool.deadlines.push_back(deadlines);
}

}  // namespace iomodels::gonet::descriptor_pool
