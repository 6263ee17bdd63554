#include "closed_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "connector.hpp"

namespace iomodels::load {
namespace {

std::string request_text(const ClosedLoopConfig& config) {
  return "GET " + config.path + " HTTP/1.1\r\nHost: " + config.host + ":" +
         std::to_string(config.port) + "\r\n\r\n";
}

std::string failed(const char* call, int error) {
  return std::string("the load generator cannot start: ") + call + ": " + std::strerror(error);
}

}  // namespace

ClosedLoop::ClosedLoop(ClosedLoopConfig config)
    : config_(std::move(config)),
      shared_(request_text(config_), config_.pipeline, config_.expected_body) {}

ClosedLoop::~ClosedLoop() {
  if (joinable_) stop();
  join();
  if (command_fd_ >= 0) close(command_fd_);
}

std::optional<std::string> ClosedLoop::launch(ClosedLoopEvents events) {
  events_ = std::move(events);
  command_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (command_fd_ < 0) return failed("eventfd", errno);
  // Signals are for the threads of the program that uses this one.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const auto body = [](void* self) -> void* {
    static_cast<ClosedLoop*>(self)->run();
    return nullptr;
  };
  const int error = pthread_create(&thread_, nullptr, body, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) return failed("pthread_create", error);
  joinable_ = true;
  return std::nullopt;
}

void ClosedLoop::join() {
  if (joinable_) pthread_join(thread_, nullptr);
  joinable_ = false;
}

Snapshot ClosedLoop::snapshot() const {
  return {completed_.load(std::memory_order_relaxed), errors_.load(std::memory_order_relaxed),
          connections_open_.load(std::memory_order_relaxed)};
}

void ClosedLoop::post(Command command) {
  commands_.fetch_or(command, std::memory_order_release);
  const std::uint64_t one = 1;
  // Fails only when 2^64 - 1 commands are waiting.
  if (write(command_fd_, &one, sizeof one) != sizeof one) std::abort();
}

void ClosedLoop::run() {
  pthread_setname_np(pthread_self(), "load");
  auto trouble = prepare();
  const bool ready = !trouble;
  publish();
  events_.opened(std::move(trouble));
  if (ready) serve();
  connections_.clear();
  if (epoll_fd_ >= 0) close(epoll_fd_);
  events_.ended();
}

std::optional<std::string> ClosedLoop::prepare() {
  if (auto trouble = pin_thread(0, config_.cpus)) return trouble;
  epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd_ < 0) return failed("epoll_create1", errno);
  if (auto trouble = watch(command_fd_, EPOLLIN, nullptr)) return trouble;
  return connect_all();
}

std::optional<std::string> ClosedLoop::connect_all() {
  const auto address = address_of(config_.host, config_.port);
  if (!address) return "not an IPv4 address: " + config_.host;
  connections_.reserve(config_.connections);
  for (unsigned i = 0; i < config_.connections; ++i) {
    const Connected made = connect_to(*address, config_.connect_timeout_ms, command_fd_);
    if (made.fd < 0) {
      return connect_trouble(made.error, i + 1, config_.connections, config_.host, config_.port);
    }
    connections_.push_back(std::make_unique<Connection>(made.fd, shared_));
    constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    if (auto trouble = watch(made.fd, kEvents, connections_.back().get())) return trouble;
  }
  return std::nullopt;
}

std::optional<std::string> ClosedLoop::watch(int fd, std::uint32_t events, void* data) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = data;
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) == 0) return std::nullopt;
  return failed("epoll_ctl", errno);
}

void ClosedLoop::serve() {
  constexpr int kMaxEvents = 512;
  epoll_event events[kMaxEvents];
  for (bool running = true; running; publish()) {
    const int count = epoll_wait(epoll_fd_, events, kMaxEvents, -1);
    if (count < 0 && errno != EINTR) std::abort();  // epoll_fd_ is ours: impossible
    // Before the events: a reply that the server sent after a command was given must find it done.
    running = obey();
    for (int i = 0; i < count; ++i) {
      if (events[i].data.ptr == nullptr) {
        forget_wakeups();
        running = obey() && running;
      } else {
        static_cast<Connection*>(events[i].data.ptr)->on_ready(events[i].events);
      }
    }
  }
}

// Commands may already have been carried out when their wake-up comes; and one that was given since
// loses its wake-up here, so whoever calls this looks at the commands again.
void ClosedLoop::forget_wakeups() {
  std::uint64_t wakeups;
  if (read(command_fd_, &wakeups, sizeof wakeups) != sizeof wakeups) std::abort();
}

// Carries out what was posted, in the order of a session's life. False when the thread is to end.
bool ClosedLoop::obey() {
  if (commands_.load(std::memory_order_relaxed) == 0) return true;
  const std::uint32_t commands = commands_.exchange(0, std::memory_order_acquire);
  if ((commands & kStart) != 0) {
    for (const auto& connection : connections_) connection->start();
  }
  if ((commands & kOpenWindow) != 0) {
    for (const auto& connection : connections_) connection->carry();
    shared_.ledger.open_window();
  }
  if ((commands & kCloseWindow) != 0) close_ledger_window();
  return (commands & kStop) == 0;
}

void ClosedLoop::close_ledger_window() {
  std::uint64_t unfinished = 0;
  for (const auto& connection : connections_) unfinished += connection->in_flight_since_carry();
  shared_.ledger.close_window(unfinished);
}

void ClosedLoop::publish() {
  completed_.store(shared_.ledger.completed(), std::memory_order_relaxed);
  errors_.store(shared_.ledger.errors(), std::memory_order_relaxed);
  connections_open_.store(shared_.ledger.connections_open(), std::memory_order_relaxed);
}

}  // namespace iomodels::load
