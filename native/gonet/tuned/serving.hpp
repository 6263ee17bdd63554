// What the options add to ../serving.hpp.
#pragma once

#include "gonet/serving.hpp"

namespace iomodels {

// With lean-buffers: holds none while it waits for a request.
class LeanConn : public ParkingConn {
 public:
  using ParkingConn::ParkingConn;
  using Buffer = gonet::PooledBuffer;

  IoResult read(Buffer& buffer) {
    limit_wait();
    return in_core_words(conn_.fd().read_pooled(buffer));
  }
};

}  // namespace iomodels
