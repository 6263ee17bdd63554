// Answers that are not yet written, so that the requests of one read are answered by one write.
#pragma once

#include <cstring>
#include <string_view>
#include <utility>

#include "core/answer.hpp"
#include "core/process.hpp"

namespace iomodels {

class AnswerBuffer {
 public:
  // Adds an answer's head. False, and nothing is added, when it has to be written first.
  bool add_head(const Answer& answer) {
    char head[kMaxAnswerHeadBytes];
    const std::size_t head_bytes = write_head(answer, head);
    if (!fits_output(answer, head_bytes, used_)) return false;
    add({head, head_bytes});
    return true;
  }

  // Adds its body. False, and nothing is added, when it has to be written by itself.
  bool add_body(const Answer& answer) {
    if (answer.body_bytes > kOutputBufferBytes - used_) return false;
    if (answer.body_bytes > 0) add(body_chunk(answer, 0));
    return true;
  }

  // What is there, to be written before anything else is added.
  std::string_view take() { return {buffer_, std::exchange(used_, 0)}; }

 private:
  void add(std::string_view text) {
    std::memcpy(buffer_ + used_, text.data(), text.size());
    used_ += text.size();
  }

  std::size_t used_ = 0;
  char buffer_[kOutputBufferBytes];
};

}  // namespace iomodels
