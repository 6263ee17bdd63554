#include "buffer_cache.hpp"

#include <utility>

#include "gonet/worker.hpp"

namespace iomodels::gonet {

void PooledBuffer::take() { data_ = Worker::current().processor->buffers.take(); }

void PooledBuffer::give_back() {
  Worker::current().processor->buffers.give_back(std::exchange(data_, nullptr));
}

}  // namespace iomodels::gonet
