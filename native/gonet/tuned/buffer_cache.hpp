// lean-buffers: memory for what a connection reads and writes, held only while it is being served.
//
// A processor keeps a few; as many are in use as connections are being served right now, plus those
// that wait until they can write or sleep between two requests.
#pragma once

#include <cstddef>
#include <cstdint>

namespace iomodels::gonet {

inline constexpr std::size_t kBufferBytes = 1024;

// A processor's own buffers: only its holder touches them.
class BufferCache {
 public:
  BufferCache() = default;
  ~BufferCache() {
    while (size_ > 0) delete[] buffers_[--size_];
  }
  BufferCache(const BufferCache&) = delete;
  BufferCache& operator=(const BufferCache&) = delete;

  char* take() { return size_ > 0 ? buffers_[--size_] : new char[kBufferBytes]; }
  void give_back(char* buffer) {
    if (size_ < kCapacity) {
      buffers_[size_++] = buffer;
    } else {
      delete[] buffer;
    }
  }

 private:
  static constexpr std::uint32_t kCapacity = 64;

  std::uint32_t size_ = 0;
  char* buffers_[kCapacity];
};

// A buffer that is there while it is needed: taken from the worker that runs, given back to the one
// that runs then.
class PooledBuffer {
 public:
  PooledBuffer() = default;
  ~PooledBuffer() { release(); }
  PooledBuffer(const PooledBuffer&) = delete;
  PooledBuffer& operator=(const PooledBuffer&) = delete;

  char* data() {
    if (data_ == nullptr) take();
    return data_;
  }
  static constexpr std::size_t size() { return kBufferBytes; }
  bool is_held() const { return data_ != nullptr; }
  void release() {
    if (data_ != nullptr) give_back();
  }

 private:
  void take();
  void give_back();

  char* data_ = nullptr;
};

}  // namespace iomodels::gonet
