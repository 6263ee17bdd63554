#include "connection.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "clock.hpp"

namespace iomodels::load {

Shared::Shared(const std::string& request, unsigned depth, std::string body)
    : pipeline(depth),
      request_bytes(request.size()),
      expected_body(std::move(body)),
      read_buffer(kReadBytes) {
  for (unsigned i = 0; i < depth; ++i) requests += request;
}

Connection::Connection(int fd, Shared& shared)
    : fd_(fd), shared_(shared), parser_(shared.expected_body), sent_ns_(shared.pipeline) {
  shared_.ledger.connected();
}

Connection::~Connection() {
  if (fd_ >= 0) close(fd_);
}

void Connection::start() {
  if (fd_ >= 0) send_requests(shared_.pipeline);
}

void Connection::on_ready(std::uint32_t events) {
  if ((events & EPOLLOUT) != 0 && unsent_bytes_ > 0) flush();
  constexpr std::uint32_t kEnd = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if (fd_ >= 0 && (events & (EPOLLIN | kEnd)) != 0) receive((events & kEnd) != 0);
}

// until_end: the peer has sent its last byte, of which epoll will not tell again, so a short read
// is not the end.
void Connection::receive(bool until_end) {
  auto& buffer = shared_.read_buffer;
  for (;;) {
    const ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
    if (got > 0) {
      const std::int64_t now_ns = monotonic_ns();
      const auto size = static_cast<std::size_t>(got);
      shared_.ledger.received(size);
      if (!check({buffer.data(), size}, now_ns)) return;
      if (size < buffer.size() && !until_end) break;
    } else if (got == 0) {
      return lose(Failure::closed, parser_.between_replies()
                                       ? "the server closed the connection"
                                       : "the server closed the connection inside a reply");
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      return lose_by_errno("recv");
    }
  }
  if (due_ > 0) send_requests(due_);
}

// False when the connection was lost.
bool Connection::check(std::string_view bytes, std::int64_t now_ns) {
  const std::string& good = shared_.good_reply;
  while (!bytes.empty()) {
    if (in_flight_ == 0) {
      lose(Failure::protocol, "bytes that answer no request: " + excerpt(bytes));
      return false;
    }
    if (!good.empty() && parser_.between_replies() && bytes.starts_with(good)) {
      bytes.remove_prefix(good.size());
      answered(now_ns);
    } else if (!parse(bytes, now_ns)) {
      return false;
    }
  }
  return true;
}

bool Connection::parse(std::string_view& bytes, std::int64_t now_ns) {
  const std::string_view before = bytes;
  const bool from_first_byte = parser_.between_replies();
  switch (parser_.next(bytes)) {
    case ReplyVerdict::incomplete: return true;
    case ReplyVerdict::complete:
      if (from_first_byte) shared_.good_reply = before.substr(0, before.size() - bytes.size());
      answered(now_ns);
      return true;
    case ReplyVerdict::bad_status: lose(Failure::bad_status, parser_.trouble()); return false;
    case ReplyVerdict::wrong_bytes: lose(Failure::wrong_bytes, parser_.trouble()); return false;
    case ReplyVerdict::protocol: lose(Failure::protocol, parser_.trouble()); return false;
  }
  std::abort();
}

void Connection::answered(std::int64_t now_ns) {
  shared_.ledger.verified(sent_ns_[oldest_], now_ns, carried_ > 0);
  if (++oldest_ == shared_.pipeline) oldest_ = 0;
  --in_flight_;
  ++due_;
  if (carried_ > 0) --carried_;
}

void Connection::send_requests(unsigned count) {
  const std::int64_t now_ns = monotonic_ns();
  for (unsigned i = 0; i < count; ++i) {
    unsigned at = oldest_ + in_flight_;
    if (at >= shared_.pipeline) at -= shared_.pipeline;
    sent_ns_[at] = now_ns;
    ++in_flight_;
  }
  due_ = 0;
  shared_.ledger.sent(count);
  unsent_bytes_ += count * shared_.request_bytes;
  flush();
}

void Connection::flush() {
  while (unsent_bytes_ > 0) {
    // All requests are the same bytes, so what is unsent is always a tail of `requests`.
    const char* const from = shared_.requests.data() + shared_.requests.size() - unsent_bytes_;
    const ssize_t taken = send(fd_, from, unsent_bytes_, MSG_NOSIGNAL);
    if (taken >= 0) {
      unsent_bytes_ -= static_cast<std::size_t>(taken);
    } else if (errno == EAGAIN) {
      return;  // epoll reports EPOLLOUT when there is room again
    } else if (errno != EINTR) {
      return lose_by_errno("send");
    }
  }
}

void Connection::lose(Failure failure, std::string words) {
  shared_.ledger.lost(failure, carried_, in_flight_ - carried_, std::move(words));
  close(fd_);
  fd_ = -1;
  in_flight_ = carried_ = due_ = 0;
  unsent_bytes_ = 0;
}

void Connection::lose_by_errno(const char* call) {
  const int error = errno;
  lose(Failure::reset, std::string(call) + ": " + std::strerror(error));
}

}  // namespace iomodels::load
