#include "upstream_connection.hpp"

#include <string_view>

#include "core/sys_runtime.hpp"

namespace iomodels {

std::unique_ptr<UpstreamConnection> UpstreamConnection::dial(Reactor& reactor, UpstreamUser& user) {
  // Of a descriptor that does not block, an operation would not wait but fail.
  const int fd = sys::tcp_socket(sys::Blocking::yes);
  if (fd < 0) return nullptr;
  std::unique_ptr<UpstreamConnection> opened(new UpstreamConnection(reactor, user, fd));
  const sockaddr_in& address = upstream_server().address;
  io_uring_sqe& connect =
      reactor.ring().prepare(IORING_OP_CONNECT, fd, Operation::connect, opened.get());
  connect.addr = reinterpret_cast<std::uint64_t>(&address);
  connect.off = sizeof address;
  return opened;
}

UpstreamConnection::~UpstreamConnection() { hang_up(); }

void UpstreamConnection::hang_up() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  sys::close(fd_);
}

// Calls back who has asked, last of all: that may end this connection.
void UpstreamConnection::on_completion(Operation, int result, std::uint32_t) {
  const Progress progress = advance(result);
  if (progress == Progress::waiting) return;
  if (progress == Progress::answered && reply_.keeps_open()) {
    state_ = State::idle;
  } else {
    hang_up();
  }
  user_.on_upstream(progress);
}

UpstreamConnection::Progress UpstreamConnection::advance(int result) {
  Counters& count = counters();
  switch (state_) {
    case State::connecting:
      if (result < 0) return Progress::lost;
      sys::set_connection_options(fd_);
      return ask();
    case State::sending:
      if (result < 0) return Progress::lost;
      count.writes.add();
      count.bytes_written.add(static_cast<std::uint64_t>(result));
      sent_ += static_cast<std::size_t>(result);
      return sent_ < upstream_server().request.size() ? send_rest() : receive();
    case State::awaiting:
      if (result < 0) return Progress::lost;
      count.reads.add();
      count.bytes_read.add(static_cast<std::uint64_t>(result));
      return result == 0 ? Progress::lost : take(static_cast<std::size_t>(result));
    case State::idle:
    case State::closed: break;
  }
  __builtin_unreachable();
}

UpstreamConnection::Progress UpstreamConnection::ask() {
  if (state_ == State::closed) return Progress::lost;
  reply_.start();
  sent_ = 0;
  return send_rest();
}

UpstreamConnection::Progress UpstreamConnection::send_rest() {
  state_ = State::sending;
  const std::string_view left = std::string_view(upstream_server().request).substr(sent_);
  io_uring_sqe& send = reactor_.ring().prepare(IORING_OP_SEND, fd_, Operation::send, this);
  send.addr = reinterpret_cast<std::uint64_t>(left.data());
  send.len = static_cast<unsigned>(left.size());
  return Progress::waiting;
}

UpstreamConnection::Progress UpstreamConnection::receive() {
  state_ = State::awaiting;
  io_uring_sqe& receive = reactor_.ring().prepare(IORING_OP_RECV, fd_, Operation::receive, this);
  receive.addr = reinterpret_cast<std::uint64_t>(buffer_);
  receive.len = sizeof buffer_;
  return Progress::waiting;
}

UpstreamConnection::Progress UpstreamConnection::take(std::size_t bytes) {
  switch (reply_.take({buffer_, bytes})) {
    case UpstreamReply::Event::need_more: return receive();
    case UpstreamReply::Event::complete: is_new_ = false; return Progress::answered;
    case UpstreamReply::Event::refused: return Progress::refused;
  }
  __builtin_unreachable();
}

}  // namespace iomodels
