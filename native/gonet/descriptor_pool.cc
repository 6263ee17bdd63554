#include "descriptor_pool.hpp"

#include <cstdlib>
#include <new>
#include <vector>

namespace iomodels::gonet {
namespace descriptor_pool {
namespace {

constexpr std::size_t kBytes = sizeof(PollDesc) + sizeof(Deadlines);
static_assert(kBytes % (1u << kAlignBits) == 0);

struct Pool {
  ProcessorMutex mutex;  // guards what follows
  std::vector<PollDesc*> descriptors;
};
// Never destroyed: workers may still run while the process exits.
Pool& pool = *new Pool;

}  // namespace

PollDesc* take() {
  const Locked lock(pool.mutex);
  if (pool.descriptors.empty()) {
    auto* const block = static_cast<char*>(std::aligned_alloc(kBlockBytes, kBlockBytes));
    if (block == nullptr) return nullptr;
    for (char* at = block; at < block + kBlockBytes; at += kBytes) {
      auto* const deadlines = new (at + sizeof(PollDesc)) Deadlines;
      pool.descriptors.push_back(new (at) PollDesc(deadlines));
    }
  }
  PollDesc* const last = pool.descriptors.back();
  pool.descriptors.pop_back();
  return last;
}

void give_back(PollDesc* descriptor) {
  const Locked lock(pool.mutex);
  pool.descriptors.push_back(descriptor);
}

}  // namespace descriptor_pool

void PollDesc::change_deadlines(std::int64_t when_ns, Mode mode) {
  const std::int64_t read_before = deadlines_->read_ns;
  const std::int64_t write_before = deadlines_->write_ns;
  if (reads(mode)) deadlines_->read_ns = when_ns;
  if (writes(mode)) deadlines_->write_ns = when_ns;
  publish();
  set_timers(read_before, write_before);
}

void PollDesc::release_deadlines() { deadlines_->read_ns = deadlines_->write_ns = 0; }

}  // namespace iomodels::gonet
