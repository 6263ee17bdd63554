// A server that only answers, for calibration: one thread, one epoll loop, every reply the same
// bytes. It shows what the load generator can do when the server costs next to nothing, and, with a
// known delay or known stalls, whether the generator's figures are right.
//
// delay_us: each answer is written that long after its request was read, whatever else is under
// way: a delay line, not a queue. The thread then spins, so that no timer adds to it.
//
// It can also be a guest in another event loop (adopt, turn): the load thread itself answers as the
// upstream of a relay, so that no thread of ours competes with it for its CPU.
//
// stalls: for stall_ms of every stall_every_ms nothing is read or written. The first one begins one
// period after start().
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "affinity.hpp"

namespace iomodels::load {

struct NullServerConfig {
  Cpus cpus;
  // An http reply is given for every empty line that ends a request head; a greeting for the first
  // byte, and the connection is closed after it.
  bool greeting = false;
  std::int64_t delay_us = 0;
  std::int64_t stall_every_ms = 0;  // 0: no stalls
  std::int64_t stall_ms = 0;
};

// A listening socket on a free port of 127.0.0.1, for the caller to close. Returns nothing, or why
// there is none.
std::optional<std::string> listen_on_loopback(int& listener, unsigned& port);

class NullServer {
 public:
  explicit NullServer(NullServerConfig config) : config_(std::move(config)) {}
  // Stops.
  ~NullServer();
  NullServer(const NullServer&) = delete;
  NullServer& operator=(const NullServer&) = delete;

  // Listens on a free port of 127.0.0.1 and starts the thread. Returns nothing, or why it could
  // not. Called once.
  std::optional<std::string> start();
  // Closes all connections and waits for the thread. Harmless when repeated.
  void stop();

  // Instead of start(): serves a listening socket of the caller's, without delay or stalls,
  // whenever turn() is called; epoll_fd() is readable when there is something to do.
  std::optional<std::string> adopt(int listener);
  int epoll_fd() const { return epoll_fd_; }
  void turn() { wait_for_events(0); }

  unsigned port() const { return port_; }
  // Answers written, and stalls that have ended. Any thread.
  std::uint64_t answered() const { return answered_.load(std::memory_order_relaxed); }
  std::uint64_t stalls() const { return stalls_.load(std::memory_order_relaxed); }

 private:
  struct Client {
    bool open = false;
    // Bytes of "\r\n\r\n" at the end of what was read.
    unsigned matched = 0;
    // Distinguishes a connection from a later one with the same descriptor.
    std::uint64_t serial = 0;
  };
  struct Answers {
    std::int64_t due_ns;
    int fd;
    std::uint64_t serial;
    unsigned count;
  };

  std::optional<std::string> prepare();
  std::optional<std::string> watch(int fd);
  void serve();
  void wait_for_events(int timeout_ms);
  void accept_all();
  void read_from(int fd, bool until_end);
  unsigned count_requests(Client& client, const char* bytes, std::size_t size) const;
  void answer(int fd, unsigned count);
  void write_due(std::int64_t now_ns);
  void write_answers(int fd, unsigned count);
  bool wait_for_room(int fd) const;
  void drop(int fd);
  void drop_all();
  void stall();
  int patience_ms() const;
  bool spins() const { return config_.delay_us > 0; }

  const NullServerConfig config_;
  unsigned port_ = 0;
  int listener_ = -1;
  int epoll_fd_ = -1;
  // -1 in a guest.
  int stop_fd_ = -1;
  std::uint64_t next_serial_ = 0;
  // By descriptor.
  std::vector<Client> clients_;
  std::deque<Answers> line_;
  std::int64_t next_stall_ns_ = 0;
  std::atomic<std::uint64_t> answered_{0};
  std::atomic<std::uint64_t> stalls_{0};
  std::atomic<bool> stopping_{false};
  std::promise<pid_t> tid_;
  pthread_t thread_{};
  bool joinable_ = false;
};

}  // namespace iomodels::load
