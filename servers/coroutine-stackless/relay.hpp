// /relay for one client connection: asks the upstream over a connection of its own, which is kept.
#pragma once

#include <memory>

#include "core/upstream.hpp"
#include "loop.hpp"
#include "stream.hpp"
#include "task.hpp"

namespace iomodels {

class UpstreamRelay {
 public:
  // Makes answer the upstream's; 502 stays when that fails. The body is good until the next call.
  // True when the upstream has answered.
  Task<bool> ask(Loop& loop, Answer& answer);

 private:
  using Event = UpstreamReply::Event;

  // need_more: there is no connection, or it ended before the answer did.
  Task<Event> exchange();
  Task<bool> dial(Loop& loop);

  std::unique_ptr<Stream> upstream_;
  UpstreamReply reply_;
};

}  // namespace iomodels
