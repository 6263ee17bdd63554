#include "upstream_connection.hpp"

#include <string_view>

#include "core/dial.hpp"
#include "core/process.hpp"
#include "core/sys_runtime.hpp"

namespace iomodels {
namespace {

constexpr std::uint32_t kClosed = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

}  // namespace

std::unique_ptr<UpstreamConnection> UpstreamConnection::dial(Reactor& reactor, UpstreamUser& user) {
  const sys::DialResult dialled = sys::dial(upstream_server().address, sys::Blocking::no);
  if (dialled.status == Io::error) return nullptr;
  // Watched only now: a socket that nobody has connected counts as hung up. One that is connected
  // already is writable, which epoll reports like any other success.
  std::unique_ptr<UpstreamConnection> opened(new UpstreamConnection(reactor, user, dialled.fd));
  if (reactor.add(dialled.fd, *opened, EPOLLOUT)) return opened;
  sys::close(dialled.fd);
  return nullptr;
}

void UpstreamConnection::end() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  reactor_.remove(fd_);
  sys::close(fd_);
}

void UpstreamConnection::on_events(std::uint32_t events) {
  if ((events & kClosed) != 0) peer_closed_ = true;
  const bool is_readable = (events & (EPOLLIN | kClosed)) != 0;
  switch (state_) {
    case State::connecting: return settle(on_connected(events));
    case State::sending: return settle(send_request());
    case State::awaiting: return is_readable ? settle(receive()) : void();
    case State::idle: return is_readable ? end() : void();
    case State::closed: return;
  }
}

// Calls back who has asked, last of all: that may close and retire this connection.
void UpstreamConnection::settle(Progress progress) {
  if (progress == Progress::waiting) return;
  const bool can_be_kept = progress == Progress::answered && reply_.keeps_open() && !peer_closed_;
  if (can_be_kept) {
    state_ = State::idle;
  } else {
    end();
  }
  user_.on_upstream(progress);
}

UpstreamConnection::Progress UpstreamConnection::on_connected(std::uint32_t events) {
  if ((events & (EPOLLOUT | kClosed)) == 0) return Progress::waiting;
  if (sys::socket_error(fd_) != 0) return Progress::lost;
  sys::set_connection_options(fd_);
  return ask();
}

UpstreamConnection::Progress UpstreamConnection::ask() {
  if (state_ == State::closed) return Progress::lost;
  reply_.start();
  sent_ = 0;
  const Progress progress = send_request();
  if (progress == Progress::lost) end();
  return progress;
}

UpstreamConnection::Progress UpstreamConnection::send_request() {
  const std::string& request = upstream_server().request;
  while (sent_ < request.size()) {
    const IoResult sent = sys::write(fd_, request.data() + sent_, request.size() - sent_);
    switch (sent.status) {
      case Io::ok: sent_ += sent.bytes; break;
      case Io::again: return await(State::sending);
      case Io::eof:
      case Io::error: return Progress::lost;
    }
  }
  return await(State::awaiting);
}

// Level-triggered, only a change goes to epoll.
UpstreamConnection::Progress UpstreamConnection::await(State state) {
  state_ = state;
  const std::uint32_t wanted = state == State::sending ? EPOLLOUT : EPOLLIN;
  if (reactor_.trigger() == Trigger::edge || wanted == watched_) return Progress::waiting;
  watched_ = wanted;
  return reactor_.watch(fd_, *this, wanted) ? Progress::waiting : Progress::lost;
}

// Edge-triggered, a short read has emptied the receive buffer, unless the end follows, which has no
// edge of its own. Level-triggered, the next wait shows whether there is more.
UpstreamConnection::Progress UpstreamConnection::receive() {
  char buffer[kReadBufferBytes];
  for (;;) {
    const IoResult got = sys::read(fd_, buffer, sizeof buffer);
    switch (got.status) {
      case Io::again: return Progress::waiting;
      case Io::eof:
      case Io::error: return Progress::lost;
      case Io::ok: break;
    }
    const Progress progress = take({buffer, got.bytes});
    if (progress != Progress::waiting) return progress;
    const bool is_drained = got.bytes < sizeof buffer && !peer_closed_;
    if (is_drained || reactor_.trigger() == Trigger::level) return Progress::waiting;
  }
}

UpstreamConnection::Progress UpstreamConnection::take(std::string_view bytes) {
  switch (reply_.take(bytes)) {
    case UpstreamReply::Event::need_more: return Progress::waiting;
    case UpstreamReply::Event::complete: is_new_ = false; return Progress::answered;
    case UpstreamReply::Event::refused: return Progress::refused;
  }
  __builtin_unreachable();
}

}  // namespace iomodels
