// The control protocol as a server reads it: the lines of stdin however they are cut, and its
// command line.
#include <getopt.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/control_lines.hpp"
#include "core/options.hpp"
#include "split.hpp"

namespace {

void fuzz_lines(const std::uint8_t* data, std::size_t size) {
  fuzz::Pieces pieces(data, size);
  std::string wanted;
  iomodels::ControlLines at_once;
  at_once.take(pieces.whole(), [&](std::string_view line) { wanted.append(line).append("\n"); });
  std::string got;
  iomodels::ControlLines in_pieces;
  while (!pieces.is_over()) {
    in_pieces.take(pieces.next(), [&](std::string_view line) {
      fuzz::require(line.size() <= iomodels::ControlLines::kMaxBytes);
      got.append(line).append("\n");
    });
  }
  fuzz::require(got == wanted);
}

// Every line is an argument.
void fuzz_options(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> arguments{"server"};
  std::string text(reinterpret_cast<const char*>(data), size);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    arguments.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  iomodels::Options options;
  std::string error;
  optind = 0;  // getopt starts again
  const bool is_right = iomodels::parse_options(static_cast<int>(argv.size()) - 1, argv.data(),
                                                nullptr, options, error);
  fuzz::require(is_right == error.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz_lines(data, size);
  fuzz_options(data, size);
  return 0;
}
