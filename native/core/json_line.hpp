// One JSON object on one line of stdout, written with a single call so that lines never interleave.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace iomodels {

class JsonLine {
 public:
  explicit JsonLine(std::string_view event) : text_("{\"event\":\"") {
    text_.append(event).append("\"");
  }

  void add(std::string_view key, std::uint64_t value) { key_of(key).append(std::to_string(value)); }
  void add_true(std::string_view key) { key_of(key).append("true"); }
  // value is text of our own, without characters that JSON escapes.
  void add(std::string_view key, std::string_view value) {
    key_of(key).append("\"").append(value).append("\"");
  }

  // False when stdout is gone.
  bool print();

 private:
  std::string& key_of(std::string_view key) {
    return text_.append(",\"").append(key).append("\":");
  }

  std::string text_;
};

}  // namespace iomodels
