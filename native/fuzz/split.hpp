// How an input says in which pieces it arrives: its first byte is a seed for the sizes of the
// pieces, the rest is what arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fuzz {

class Pieces {
 public:
  Pieces(const std::uint8_t* data, std::size_t size)
      : state_(size > 0 ? data[0] * 2654435761u + 1 : 1),
        left_(reinterpret_cast<const char*>(data) + (size > 0), size > 0 ? size - 1 : 0) {}

  std::string_view whole() const { return left_; }
  bool is_over() const { return left_.empty(); }
  // Of 1 byte to 64, or all that is left.
  std::string_view next() {
    state_ = state_ * 1664525u + 1013904223u;
    const std::string_view piece = left_.substr(0, 1 + (state_ >> 16) % 64);
    left_.remove_prefix(piece.size());
    return piece;
  }

 private:
  std::uint32_t state_;
  std::string_view left_;
};

// Ends the process in the way that the fuzzer takes for a finding.
inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace fuzz
