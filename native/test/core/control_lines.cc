// Stdin of a server: lines however they are cut, and memory that is bounded.
#include "core/control_lines.hpp"

#include "../check.hpp"

namespace {

using iomodels::ControlLines;

std::vector<std::string> lines_of(const std::vector<std::string>& pieces) {
  ControlLines lines;
  std::vector<std::string> found;
  for (const std::string& piece : pieces) {
    lines.take(piece, [&](std::string_view line) { found.emplace_back(line); });
  }
  return found;
}

using Lines = std::vector<std::string>;

}  // namespace

int main(int argc, char** argv) {
  return check::run(
      argc, argv,
      {{"lines come out however they are cut",
        [] {
          CHECK(lines_of({"sta", "ts\nst", "ats\n\nx"}) == (Lines{"stats", "stats", ""}));
          CHECK(lines_of({"stats"}).empty());
        }},
       {"of a line that is too long the beginning is kept, and the next one is whole", [] {
          const std::string beginning(ControlLines::kMaxBytes, 'a');
          CHECK(lines_of({beginning + "b", std::string(100'000, 'c') + "\nstats\n"}) ==
                (Lines{beginning, "stats"}));
        }}});
}
