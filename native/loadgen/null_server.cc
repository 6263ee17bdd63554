#include "null_server.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "clock.hpp"

namespace iomodels::load {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::string_view kGreeting = "I am server!";
// docs/PROTOCOL.md, section 3.
constexpr std::string_view kReply =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nI am server!";

std::string failed(const char* call) {
  return std::string("the null server cannot start: ") + call + ": " + std::strerror(errno);
}

}  // namespace

NullServer::~NullServer() {
  stop();
  drop_all();
  for (const int fd : {listener_, epoll_fd_, stop_fd_}) {
    if (fd >= 0) close(fd);
  }
}

std::optional<std::string> NullServer::start() {
  if (auto trouble = prepare()) return trouble;
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const auto body = [](void* self) -> void* {
    static_cast<NullServer*>(self)->serve();
    return nullptr;
  };
  errno = pthread_create(&thread_, nullptr, body, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (errno != 0) return failed("pthread_create");
  joinable_ = true;
  auto trouble = pin_thread(tid_.get_future().get(), config_.cpus);
  if (trouble) stop();
  return trouble;
}

std::optional<std::string> NullServer::prepare() {
  if (auto trouble = listen_on_loopback(listener_, port_)) return trouble;
  stop_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (stop_fd_ < 0) return failed("eventfd");
  if (auto trouble = watch(listener_)) return trouble;
  return watch(stop_fd_);
}

std::optional<std::string> NullServer::adopt(int listener) {
  listener_ = fcntl(listener, F_DUPFD_CLOEXEC, 0);
  if (listener_ < 0) return failed("fcntl");
  return watch(listener_);
}

std::optional<std::string> NullServer::watch(int fd) {
  if (epoll_fd_ < 0) epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd_ < 0) return failed("epoll_create1");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0) return failed("epoll_ctl");
  return std::nullopt;
}

std::optional<std::string> listen_on_loopback(int& listener, unsigned& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return failed("socket");
  listener = fd;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (bind(fd, raw, size) != 0) return failed("bind");
  if (listen(fd, 65535) != 0) return failed("listen");  // capped by somaxconn
  if (getsockname(fd, raw, &size) != 0) return failed("getsockname");
  port = ntohs(address.sin_port);
  return std::nullopt;
}

void NullServer::stop() {
  if (!joinable_) return;
  stopping_ = true;
  const std::uint64_t one = 1;
  if (write(stop_fd_, &one, sizeof one) != sizeof one) std::abort();
  pthread_join(thread_, nullptr);
  joinable_ = false;
  close(listener_);
  listener_ = -1;
}

void NullServer::serve() {
  pthread_setname_np(pthread_self(), "null-server");
  tid_.set_value(gettid());
  next_stall_ns_ = monotonic_ns() + config_.stall_every_ms * kNsPerMs;
  while (!stopping_.load(std::memory_order_relaxed)) {
    if (config_.stall_every_ms > 0 && monotonic_ns() >= next_stall_ns_) stall();
    wait_for_events(patience_ms());
    if (spins()) write_due(monotonic_ns());
  }
  drop_all();
}

int NullServer::patience_ms() const {
  if (spins()) return 0;
  if (config_.stall_every_ms == 0) return -1;
  const std::int64_t left_ns = next_stall_ns_ - monotonic_ns();
  return static_cast<int>(std::max<std::int64_t>(left_ns / kNsPerMs, 0));
}

void NullServer::wait_for_events(int timeout_ms) {
  constexpr int kMaxEvents = 256;
  epoll_event events[kMaxEvents];
  const int count = epoll_wait(epoll_fd_, events, kMaxEvents, timeout_ms);
  for (int i = 0; i < count; ++i) {
    const int fd = events[i].data.fd;
    if (fd == listener_) {
      accept_all();
    } else if (fd != stop_fd_ && clients_[static_cast<std::size_t>(fd)].open) {
      read_from(fd, (events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
    }
  }
}

void NullServer::accept_all() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;  // none left, or the client gave up: nothing to answer
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto at = static_cast<std::size_t>(fd);
    if (clients_.size() <= at) clients_.resize(at + 1);
    clients_[at] = {true, 0, ++next_serial_};
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
    event.data.fd = fd;
    if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0) drop(fd);
  }
}

void NullServer::read_from(int fd, bool until_end) {
  char buffer[16384];
  Client& client = clients_[static_cast<std::size_t>(fd)];
  unsigned requests = 0;
  for (;;) {
    const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
    if (got > 0) {
      const auto size = static_cast<std::size_t>(got);
      requests += count_requests(client, buffer, size);
      if (size < sizeof buffer && !until_end) break;
    } else if (got < 0 && errno == EAGAIN) {
      break;
    } else if (got == 0 || errno != EINTR) {
      return drop(fd);
    }
  }
  if (requests > 0) answer(fd, requests);
}

unsigned NullServer::count_requests(Client& client, const char* bytes, std::size_t size) const {
  if (config_.greeting) return client.matched++ == 0 ? 1 : 0;
  constexpr std::string_view kEnd = "\r\n\r\n";
  unsigned requests = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (bytes[i] == kEnd[client.matched]) {
      ++client.matched;
    } else {
      client.matched = bytes[i] == kEnd[0] ? 1 : 0;
    }
    if (client.matched < kEnd.size()) continue;
    client.matched = 0;
    ++requests;
  }
  return requests;
}

void NullServer::answer(int fd, unsigned count) {
  if (!spins()) return write_answers(fd, count);
  const std::int64_t due_ns = monotonic_ns() + config_.delay_us * 1000;
  line_.push_back({due_ns, fd, clients_[static_cast<std::size_t>(fd)].serial, count});
}

void NullServer::write_due(std::int64_t now_ns) {
  for (; !line_.empty() && line_.front().due_ns <= now_ns; line_.pop_front()) {
    const Answers& next = line_.front();
    const Client& client = clients_[static_cast<std::size_t>(next.fd)];
    if (client.open && client.serial == next.serial) write_answers(next.fd, next.count);
  }
}

void NullServer::write_answers(int fd, unsigned count) {
  const std::string_view reply = config_.greeting ? kGreeting : kReply;
  std::string several;
  for (unsigned i = 0; count > 1 && i < count; ++i) several += reply;
  std::string_view bytes = count > 1 ? std::string_view(several) : reply;
  while (!bytes.empty()) {
    const ssize_t taken = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (taken > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(taken));
    } else if (errno != EINTR && (errno != EAGAIN || !wait_for_room(fd))) {
      return drop(fd);
    }
  }
  answered_.fetch_add(count, std::memory_order_relaxed);
  if (config_.greeting) drop(fd);
}

// False when the server must stop; and in a guest, which may not wait: a client that sends requests
// and does not read the answers loses its connection.
bool NullServer::wait_for_room(int fd) const {
  if (stop_fd_ < 0) return false;
  pollfd waiting[] = {{fd, POLLOUT, 0}, {stop_fd_, POLLIN, 0}};
  poll(waiting, 2, -1);
  return waiting[1].revents == 0;
}

void NullServer::drop(int fd) {
  clients_[static_cast<std::size_t>(fd)].open = false;
  close(fd);
}

void NullServer::drop_all() {
  for (int fd = 0; fd < static_cast<int>(clients_.size()); ++fd) {
    if (clients_[static_cast<std::size_t>(fd)].open) drop(fd);
  }
}

// Ends early when the server must stop.
void NullServer::stall() {
  const std::int64_t end_ns = next_stall_ns_ + config_.stall_ms * kNsPerMs;
  pollfd waiting = {stop_fd_, POLLIN, 0};
  for (std::int64_t now_ns = monotonic_ns(); now_ns < end_ns; now_ns = monotonic_ns()) {
    const std::int64_t left_ms = (end_ns - now_ns + kNsPerMs - 1) / kNsPerMs;
    if (poll(&waiting, 1, static_cast<int>(left_ms)) > 0) return;
  }
  stalls_.fetch_add(1, std::memory_order_relaxed);
  while (next_stall_ns_ <= end_ns) next_stall_ns_ += config_.stall_every_ms * kNsPerMs;
}

}  // namespace iomodels::load
