// The answer of an upstream, which /relay forwards: safe, bounded, and the same however it is cut.
#include "core/upstream.hpp"

#include <string>

#include "split.hpp"

namespace {

using iomodels::UpstreamReply;
using Event = UpstreamReply::Event;

// What a reply comes to: nothing yet, refused, or a status and a body.
std::string outcome_of(UpstreamReply& reply, Event event) {
  if (event == Event::need_more) return "more";
  if (event == Event::refused) return "refused";
  iomodels::Answer answer;
  reply.forward_to(answer);
  fuzz::require(answer.body_bytes <= UpstreamReply::kMaxBodyBytes);
  const std::string_view body =
      answer.body_bytes > 0 ? iomodels::body_chunk(answer, 0) : std::string_view();
  fuzz::require(body.size() <= UpstreamReply::kMaxBodyBytes);
  return std::to_string(answer.status) + " " + std::string(body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Pieces pieces(data, size);
  UpstreamReply at_once;
  at_once.start();
  const std::string wanted = outcome_of(at_once, at_once.take(pieces.whole()));
  UpstreamReply in_pieces;
  in_pieces.start();
  Event event = Event::need_more;
  while (event == Event::need_more && !pieces.is_over()) event = in_pieces.take(pieces.next());
  fuzz::require(outcome_of(in_pieces, event) == wanted);
  return 0;
}
