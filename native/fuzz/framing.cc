// HTTP framing: whatever arrives, it is safe, it makes progress, what it says of a request is true,
// and how the bytes are cut makes no difference.
#include "core/framing.hpp"

#include <string>

#include "split.hpp"

namespace {

using iomodels::Framing;

void check_request(const iomodels::Request& request) {
  fuzz::require(request.target_length <= iomodels::Request::kTargetCapacity);
  fuzz::require(request.target_length > 0);
  for (const char c : request.target()) fuzz::require(c > 0x20 && c < 0x7f);
}

// By Method.
constexpr const char* kMethods[] = {"G ", "P ", "- "};

// Everything that one conversation says, in words that two of them can be compared by.
class Conversation {
 public:
  // False once it has ended.
  bool take(std::string_view piece) {
    for (;;) {
      const std::size_t before = piece.size();
      const Framing::Event event = framing_.next(piece);
      fuzz::require(piece.size() <= before);
      switch (event) {
        case Framing::Event::need_more: fuzz::require(piece.empty()); return true;
        case Framing::Event::request: on_request(); break;
        case Framing::Event::rejected: on_rejected(); return false;
      }
      if (ends_) return false;
    }
  }
  const std::string& said() const { return said_; }

 private:
  void on_request() {
    check_request(framing_.request());
    const auto& request = framing_.request();
    said_.append(kMethods[static_cast<int>(request.method)]).append(request.target());
    said_.append(request.target_overflow ? "+\n" : "\n");
    ends_ = !request.keep_alive;
  }
  void on_rejected() {
    const int status = framing_.status();
    fuzz::require(status == 400 || status == 431 || status == 501);
    said_.append(std::to_string(status));
  }

  Framing framing_;
  bool ends_ = false;
  std::string said_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Pieces pieces(data, size);
  Conversation at_once;
  (void)at_once.take(pieces.whole());
  Conversation in_pieces;
  while (!pieces.is_over() && in_pieces.take(pieces.next())) {
  }
  fuzz::require(at_once.said() == in_pieces.said());
  return 0;
}
