#include "connection.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "clock.hpp"

namespace iomodels::load {

namespace {

std::string request_text(const LoadConfig& config) {
  const std::string rest = " " + config.path + " HTTP/1.1\r\nHost: " + config.host + ":" +
                           std::to_string(config.port) + "\r\n";
  if (config.body_bytes == 0) return "GET" + rest + "\r\n";
  return "POST" + rest + "Content-Length: " + std::to_string(config.body_bytes) + "\r\n\r\n" +
         std::string(config.body_bytes, 'x');
}

}  // namespace

Shared::Shared(const LoadConfig& load)
    : config(load),
      request_bytes(request_text(load).size()),
      read_buffer(kReadBytes),
      ledger(load.open.has_value()) {
  for (unsigned i = 0; i < load.pipeline; ++i) requests += request_text(load);
}

Connection::Connection(int fd, Shared& shared)
    : fd_(fd), shared_(shared), parser_(shared.config.expected), sent_ns_(shared.config.pipeline) {
  shared_.ledger.connected();
}

Connection::~Connection() {
  if (fd_ >= 0) close(fd_);
}

void Connection::begin(std::int64_t due_ns) {
  if (fd_ < 0) return;
  due_ns_ = due_ns;
  const unsigned missing = shared_.config.pipeline - in_flight_;
  if (missing > 0) send_requests(missing);
}

void Connection::on_ready(std::uint32_t events) {
  if ((events & EPOLLOUT) != 0 && unsent_bytes_ > 0) flush();
  constexpr std::uint32_t kEnd = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if (fd_ < 0 || (events & (EPOLLIN | kEnd)) == 0) return;
  if (shared_.config.pace) return receive_slowly();
  receive((events & kEnd) != 0);
}

// until_end: the peer has sent its last byte. epoll does not report that again, so a short read is
// not the end.
void Connection::receive(bool until_end) {
  for (;;) {
    const Got got = receive_once(shared_.read_buffer.size());
    if (got == Got::lost) return;
    if (got == Got::none || (got == Got::some && !until_end)) break;
  }
  if (answered_ > 0) hand_over();
}

void Connection::rest(std::int64_t until_ns) {
  resting_ = true;
  shared_.resting.add(*this, until_ns);
}

void Connection::rested() {
  resting_ = false;
  if (fd_ >= 0) receive_slowly();
}

// After a read that finds nothing comes an epoll event, after any other a pause.
void Connection::receive_slowly() {
  if (resting_) return;
  const Got got = receive_once(ReadPace::kChunkBytes);
  if (got == Got::none || got == Got::lost) return;
  rest(monotonic_ns() + shared_.config.pace->pause_ns(got_bytes_));
  if (answered_ > 0) hand_over();
}

Connection::Got Connection::receive_once(std::size_t most) {
  auto& buffer = shared_.read_buffer;
  for (;;) {
    const ssize_t got = recv(fd_, buffer.data(), most, 0);
    if (got > 0) {
      const std::int64_t now_ns = monotonic_ns();
      got_bytes_ = static_cast<std::size_t>(got);
      shared_.ledger.received(got_bytes_);
      if (!check({buffer.data(), got_bytes_}, now_ns)) return Got::lost;
      return got_bytes_ < most ? Got::some : Got::full;
    }
    if (got == 0) {
      lose(Failure::closed, parser_.between_replies()
                                ? "the server closed the connection"
                                : "the server closed the connection inside a reply");
      return Got::lost;
    }
    if (errno == EAGAIN) return Got::none;
    if (errno == EINTR) continue;
    lose_by_errno("recv");
    return Got::lost;
  }
}

// Not in answered(): bytes that answer no request must be seen before the line is given away.
void Connection::hand_over() {
  if (shared_.free_lines == nullptr) return shared_.answered.push_back(this);
  answered_ = 0;
  shared_.free_lines->freed(*this);
}

void Connection::go_on() {
  if (fd_ >= 0 && answered_ > 0) send_requests(answered_);
}

// False when the connection was lost.
bool Connection::check(std::string_view bytes, std::int64_t now_ns) {
  const std::string& good = shared_.good_reply;
  while (!bytes.empty()) {
    if (in_flight_ == 0) {
      lose(Failure::protocol, "bytes that answer no request: " + excerpt(bytes));
      return false;
    }
    if (unsent_bytes_ > (in_flight_ - 1) * shared_.request_bytes) {
      lose(Failure::protocol, "a reply before its request was sent whole: " + excerpt(bytes));
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
  const std::int64_t sent_ns = sent_ns_[oldest_];
  const bool closed_loop = shared_.free_lines == nullptr;
  shared_.ledger.verified(closed_loop ? sent_ns : due_ns_, sent_ns, now_ns);
  if (++oldest_ == sent_ns_.size()) oldest_ = 0;
  --in_flight_;
  ++answered_;
}

void Connection::send_requests(unsigned count) {
  const std::int64_t now_ns = monotonic_ns();
  for (unsigned i = 0; i < count; ++i) {
    std::size_t at = oldest_ + in_flight_;
    if (at >= sent_ns_.size()) at -= sent_ns_.size();
    sent_ns_[at] = now_ns;
    ++in_flight_;
  }
  answered_ = 0;
  if (shared_.free_lines == nullptr) {
    shared_.ledger.sent(count);
  } else {
    shared_.ledger.sent_late(due_ns_, now_ns);
  }
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

void Connection::expire(std::int64_t before_ns) {
  if (in_flight_ == 0 || sent_ns_[oldest_] >= before_ns) return;
  const int limit_ms = shared_.config.timeout_ms;
  shared_.ledger.timed_out(in_flight(), "no reply within " + std::to_string(limit_ms) + " ms");
  give_up();
}

void Connection::append_in_flight(DueTimes& into) const {
  for (unsigned i = 0; i < in_flight_; ++i) {
    const std::int64_t sent_ns = sent_ns_[(oldest_ + i) % sent_ns_.size()];
    into.push_back(shared_.free_lines == nullptr ? sent_ns : due_ns_);
  }
}

DueTimes Connection::in_flight() const {
  DueTimes requests;
  append_in_flight(requests);
  return requests;
}

void Connection::lose(Failure failure, const std::string& words) {
  shared_.ledger.lost(failure, in_flight(), words);
  give_up();
}

void Connection::lose_by_errno(const char* call) {
  const int error = errno;
  lose(Failure::reset, std::string(call) + ": " + std::strerror(error));
}

void Connection::give_up() {
  close(fd_);
  fd_ = -1;
  in_flight_ = answered_ = 0;
  unsent_bytes_ = 0;
}

}  // namespace iomodels::load
