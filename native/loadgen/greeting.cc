#include "greeting.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "clock.hpp"
#include "connector.hpp"
#include "reply_parser.hpp"

namespace iomodels::load {

Greeting::Greeting(const sockaddr_in& server, unsigned index, Shared& shared)
    : server_(server), shared_(shared), next_source_(index) {
  shared_.ledger.connected();
}

Greeting::~Greeting() {
  if (fd_ >= 0) close(fd_);
}

void Greeting::begin(std::int64_t due_ns) {
  if (state_ != State::idle) return;
  sent_ns_ = monotonic_ns();
  received_ = 0;
  if (shared_.free_lines == nullptr) {
    due_ns_ = sent_ns_;
    shared_.ledger.sent(1);
  } else {
    due_ns_ = due_ns;
    shared_.ledger.sent_late(due_ns, sent_ns_);
  }
  state_ = State::sending;
  // On loopback the connection is there when connect() returns, though it says EINPROGRESS.
  if (connect_from_next_address() && watch()) send_byte();
}

bool Greeting::connect_from_next_address() {
  const Connected made = begin_connecting(server_, next_source_);
  // Lines start at different addresses and go through all of them.
  next_source_ += shared_.config.connections;
  fd_ = made.fd;
  if (fd_ < 0) refuse("connect", made.error);
  return fd_ >= 0;
}

bool Greeting::watch() {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = this;
  if (epoll_ctl(shared_.epoll_fd, EPOLL_CTL_ADD, fd_, &event) == 0) return true;
  refuse("epoll_ctl", errno);
  return false;
}

void Greeting::on_ready(std::uint32_t events) {
  constexpr std::uint32_t kEnd = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if (state_ == State::sending && (events & (EPOLLOUT | kEnd)) != 0) send_byte();
  if (state_ == State::reading && (events & (EPOLLIN | kEnd)) != 0) receive();
}

void Greeting::send_byte() {
  const char byte = '\n';
  for (;;) {
    if (send(fd_, &byte, 1, MSG_NOSIGNAL) == 1) break;
    if (errno == EAGAIN) return;  // not connected yet: EPOLLOUT follows
    if (errno != EINTR) return refuse("connect", errno);
  }
  state_ = State::reading;
}

void Greeting::receive() {
  char buffer[64];
  const std::string_view expected = shared_.config.expected;
  for (;;) {
    const ssize_t got = recv(fd_, buffer, sizeof buffer, 0);
    if (got > 0) {
      const std::string_view bytes(buffer, static_cast<std::size_t>(got));
      shared_.ledger.received(bytes.size());
      if (expected.substr(received_, bytes.size()) != bytes) {
        return lose(Failure::wrong_bytes, "expected " + excerpt(expected.substr(received_)) +
                                              " and end of file, received " + excerpt(bytes));
      }
      received_ += bytes.size();
    } else if (got == 0) {
      return check_end();
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      return lose(Failure::reset, std::string("recv: ") + std::strerror(errno));
    }
  }
}

void Greeting::check_end() {
  const std::string_view expected = shared_.config.expected;
  if (received_ == expected.size()) return finish();
  lose(Failure::closed, "the server closed the connection after " + std::to_string(received_) +
                            " of " + std::to_string(expected.size()) + " bytes");
}

void Greeting::finish() {
  shared_.ledger.verified(due_ns_, sent_ns_, monotonic_ns());
  close(fd_);
  fd_ = -1;
  state_ = State::idle;
  if (shared_.free_lines == nullptr) {
    shared_.answered.push_back(this);
  } else {
    shared_.free_lines->freed(*this);
  }
}

void Greeting::expire(std::int64_t before_ns) {
  const bool busy = state_ == State::sending || state_ == State::reading;
  if (!busy || sent_ns_ >= before_ns) return;
  const int limit_ms = shared_.config.timeout_ms;
  shared_.ledger.timed_out({due_ns_}, "no greeting within " + std::to_string(limit_ms) + " ms");
  give_up();
}

void Greeting::append_in_flight(DueTimes& into) const {
  if (state_ == State::sending || state_ == State::reading) into.push_back(due_ns_);
}

// A connection failed: was this machine short of something, or did the server refuse?
void Greeting::refuse(const char* call, int error) {
  const std::string words = std::string(call) + ": " + std::strerror(error);
  switch (error) {
    case EADDRNOTAVAIL:
    case EADDRINUSE:
      return lose(Failure::no_port, words + ": see sysctl net.ipv4.ip_local_port_range");
    case EMFILE:
    case ENFILE: return lose(Failure::no_port, words + ": raise the limit of open files");
    case ENOBUFS:
    case ENOMEM: return lose(Failure::no_port, words);
    case ECONNRESET:
    case EPIPE: return lose(Failure::reset, words);
    default: return lose(Failure::refused, words);
  }
}

void Greeting::lose(Failure failure, const std::string& words) {
  shared_.ledger.lost(failure, {due_ns_}, words);
  give_up();
}

void Greeting::give_up() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  state_ = State::lost;
}

}  // namespace iomodels::load
