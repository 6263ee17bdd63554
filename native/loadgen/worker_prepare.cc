// Worker: everything before traffic.
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <cerrno>

#include "connection.hpp"
#include "greeting.hpp"
#include "netns.hpp"
#include "worker.hpp"
#include "worker_parts.hpp"

namespace iomodels::load {

std::optional<std::string> Worker::prepare() {
  if (config_.netns) {
    if (auto trouble = enter_netns(*config_.netns)) return trouble;
  }
  if (auto trouble = pin()) return trouble;
  shared_.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (shared_.epoll_fd < 0) return cannot_start("epoll_create1", errno);
  if (auto trouble = watch(command_fd_, EPOLLIN, &command_fd_)) return trouble;
  // An open load looks at the clock in every turn.
  if (!dispatcher_) {
    if (auto trouble = make_timers()) return trouble;
  }
  if (auto trouble = host_upstream()) return trouble;
  return make_lines();
}

// A timerfd costs the waits nothing; a timeout of epoll_wait is set up at each call.
std::optional<std::string> Worker::make_timers() {
  expiry_fd_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  rest_fd_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (expiry_fd_ < 0 || rest_fd_ < 0) return cannot_start("timerfd_create", errno);
  if (auto trouble = watch(expiry_fd_, EPOLLIN, &expiry_fd_)) return trouble;
  return watch(rest_fd_, EPOLLIN, &rest_fd_);
}

std::optional<std::string> Worker::host_upstream() {
  if (config_.upstream_fd < 0 || share_.first != 0) return std::nullopt;
  upstream_ = std::make_unique<NullServer>(NullServerConfig{});
  if (auto trouble = upstream_->adopt(config_.upstream_fd)) return trouble;
  return watch(upstream_->epoll_fd(), EPOLLIN, upstream_.get());
}

// To the whole list first, so that a CPU that does not exist is an error in every worker.
std::optional<std::string> Worker::pin() const {
  if (auto trouble = pin_thread(0, config_.cpus)) return trouble;
  return pin_thread(0, {config_.cpus[share_.first % config_.cpus.size()]});
}

std::optional<std::string> Worker::make_lines() {
  const auto address = address_of(config_.host, config_.port);
  if (!address) return "not an IPv4 address: " + config_.host;
  for (unsigned i = share_.first; i < config_.connections; i += share_.stride) {
    switch (config_.exchange) {
      case Exchange::http:
        if (auto trouble = add_connection(*address, i)) return trouble;
        break;
      case Exchange::greeting: add_line(std::make_unique<Greeting>(*address, i, shared_)); break;
    }
  }
  const bool is_plain = config_.exchange == Exchange::http && !config_.pace && !dispatcher_;
  cohorts_.divide(lines_, is_plain && config_.pipeline == 1);
  for (unsigned i = share_.first; i < config_.silent; i += share_.stride) {
    if (auto trouble = add_silent(*address, i)) return trouble;
  }
  return std::nullopt;
}

Connected Worker::connect(const sockaddr_in& address, const ConnectOptions& options) {
  return connect_to(address, options, config_.connect_timeout_ms, command_fd_);
}

// From addresses of their own, so that there may be more of them than one address has ports.
std::optional<std::string> Worker::add_silent(const sockaddr_in& address, unsigned index) {
  const Connected made = connect(address, {.source = index});
  if (made.fd < 0) {
    const unsigned all = config_.connections + config_.silent;
    const unsigned place = config_.connections + index + 1;
    return connect_trouble(made.error, place, all, config_.host, config_.port);
  }
  silent_.push_back(std::make_unique<Connection>(made.fd, shared_));
  return watch(made.fd, EPOLLIN | EPOLLRDHUP | EPOLLET, silent_.back().get());
}

std::optional<std::string> Worker::add_connection(const sockaddr_in& address, unsigned index) {
  const Connected made = connect(address, {.slow = config_.pace.has_value()});
  if (made.fd < 0) {
    const unsigned all = config_.connections + config_.silent;
    return connect_trouble(made.error, index + 1, all, config_.host, config_.port);
  }
  add_line(std::make_unique<Connection>(made.fd, shared_));
  constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  return watch(made.fd, kEvents, lines_.back().get());
}

void Worker::add_line(std::unique_ptr<Line> line) {
  if (dispatcher_) dispatcher_->add(*line);
  lines_.push_back(std::move(line));
}

std::optional<std::string> Worker::watch(int fd, std::uint32_t events, void* data) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = data;
  if (epoll_ctl(shared_.epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0) return std::nullopt;
  return cannot_start("epoll_ctl", errno);
}

}  // namespace iomodels::load
