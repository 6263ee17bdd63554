// Memory that the kernel receives into: it takes a buffer when there is something to receive, so
// connections that wait have none. Those of one reactor, each as large as every server's read
// buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ring.hpp"

namespace iomodels {

class ReceiveBuffers {
 public:
  // The kernel has them all from here on.
  void open(Ring& ring);

  // The bytes of a receive that has succeeded, until they are given back.
  std::string_view received(int result, std::uint32_t flags) const;
  // Of a receive that has a buffer; others are none of it.
  void give_back(std::uint32_t flags);

 private:
  void give(std::uint16_t number);

  struct Entry {  // struct io_uring_buf, which older headers do not have
    std::uint64_t address;
    std::uint32_t bytes;
    std::uint16_t number;
    std::uint16_t tail;  // of the ring, in the first entry
  };

  Entry* entries_ = nullptr;
  char* memory_ = nullptr;
  std::uint16_t tail_ = 0;
};

}  // namespace iomodels
