// Replies as the load generator reads them: safe, and the same verdicts however they are cut.
#include <string>

#include "../loadgen/reply_parser.hpp"
#include "split.hpp"

namespace {

using iomodels::load::ReplyParser;
using iomodels::load::ReplyVerdict;

class Session {
 public:
  // False once a reply was bad.
  bool take(std::string_view piece) {
    for (;;) {
      const std::size_t before = piece.size();
      const ReplyVerdict verdict = parser_.next(piece);
      fuzz::require(piece.size() <= before);
      if (verdict == ReplyVerdict::incomplete) {
        fuzz::require(piece.empty());
        return true;
      }
      said_.push_back(static_cast<char>('0' + static_cast<int>(verdict)));
      if (verdict != ReplyVerdict::complete) return false;
    }
  }
  const std::string& said() const { return said_; }

 private:
  ReplyParser parser_{"I am server!"};
  std::string said_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Pieces pieces(data, size);
  Session at_once;
  (void)at_once.take(pieces.whole());
  Session in_pieces;
  while (!pieces.is_over() && in_pieces.take(pieces.next())) {
  }
  fuzz::require(at_once.said() == in_pieces.said());
  return 0;
}
