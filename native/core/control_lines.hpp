// Stdin as lines: bytes in, lines out. What is longer than any line of the protocol is not kept:
// memory is bounded, whatever is sent.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace iomodels {

class ControlLines {
 public:
  static constexpr std::size_t kMaxBytes = 256;

  // Calls on_line for every line that bytes complete, without its newline; of a longer one with the
  // first kMaxBytes.
  template <class F>
  void take(std::string_view bytes, F&& on_line) {
    for (;;) {
      const std::size_t end = bytes.find('\n');
      const std::string_view part = bytes.substr(0, end);
      line_.append(part.substr(0, kMaxBytes - line_.size()));
      if (end == std::string_view::npos) return;
      on_line(std::string_view(line_));
      line_.clear();
      bytes.remove_prefix(end + 1);
    }
  }

 private:
  std::string line_;  // the beginning of one that is not complete
};

}  // namespace iomodels
