#include "relay.hpp"

#include "core/dial.hpp"
#include "core/process.hpp"
#include "core/sys_runtime.hpp"

namespace iomodels {

Task<bool> UpstreamRelay::ask(Loop& loop, Answer& answer) {
  // The upstream may have closed a kept connection meanwhile: then it is asked once more.
  Event event = co_await exchange();
  if (event == Event::need_more) {
    const bool is_there = co_await dial(loop);
    if (is_there) event = co_await exchange();
  }
  if (event == Event::complete) reply_.forward_to(answer);
  if (event != Event::complete || !reply_.keeps_open()) upstream_.reset();
  co_return event == Event::complete;
}

Task<UpstreamReply::Event> UpstreamRelay::exchange() {
  if (!upstream_) co_return Event::need_more;
  const bool is_sent = co_await upstream_->write(upstream_server().request);
  if (!is_sent) co_return Event::need_more;
  reply_.start();
  char buffer[kReadBufferBytes];
  for (;;) {
    const IoResult got = co_await upstream_->read(buffer, sizeof buffer);
    if (got.status != Io::ok) co_return Event::need_more;
    const Event event = reply_.take(std::string_view(buffer, got.bytes));
    if (event != Event::need_more) co_return event;
  }
}

Task<bool> UpstreamRelay::dial(Loop& loop) {
  upstream_.reset();
  const sys::DialResult dialled = sys::dial(upstream_server().address, sys::Blocking::no);
  if (dialled.status == Io::error) co_return false;
  upstream_ = std::make_unique<Stream>(dialled.fd, Stream::Kind::upstream);
  // Its first event says that it is connected, or that it cannot be.
  const bool is_joined = co_await upstream_->join(loop);
  if (!is_joined || sys::socket_error(dialled.fd) != 0) {
    upstream_.reset();
    co_return false;
  }
  sys::set_connection_options(dialled.fd);
  co_return true;
}

}  // namespace iomodels
