// The load thread: N keep-alive connections, each of which waits for its reply before it sends
// again.
//
//   state        entered when                                left by
//   launched     launch(): pins itself, connects             opened: ready, or ended with the why
//   ready        all connections are made, nothing is sent   start()
//   loading      start(): traffic                            open_window()
//   measuring    open_window()                               close_window(): loading
//   ended        stop(), at any point                        -
//
// Commands come from any thread and are carried out by the load thread between two batches of
// events, so that counting needs no atomic operation and the window's borders lie between requests.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "affinity.hpp"
#include "connection.hpp"

namespace iomodels::load {

struct ClosedLoopConfig {
  std::string host;
  unsigned port = 0;
  unsigned connections = 0;
  unsigned pipeline = 0;
  std::string path;
  std::string expected_body;
  Cpus cpus;
  int connect_timeout_ms = 0;  // for each connection
};

struct Snapshot {
  std::uint64_t completed;
  std::uint64_t errors;
  std::uint64_t connections_open;
};

// Called on the load thread: opened once (nothing, or why it failed), then ended once, as its last
// act.
struct ClosedLoopEvents {
  std::function<void(std::optional<std::string>)> opened;
  std::function<void()> ended;
};

class ClosedLoop {
 public:
  explicit ClosedLoop(ClosedLoopConfig config);
  // Stops and waits for the thread.
  ~ClosedLoop();
  ClosedLoop(const ClosedLoop&) = delete;
  ClosedLoop& operator=(const ClosedLoop&) = delete;

  // Starts the thread. Returns nothing, or why it could not; then no event follows. Called once.
  std::optional<std::string> launch(ClosedLoopEvents events);

  void start() { post(kStart); }
  void open_window() { post(kOpenWindow); }
  void close_window() { post(kCloseWindow); }
  void stop() { post(kStop); }

  // What the load thread published after its last batch of events. Any thread.
  Snapshot snapshot() const;

  // Replies verified up to an instant of CLOCK_MONOTONIC, not long ago. Any thread.
  std::optional<Progress::Count> completed_at(std::int64_t instant_ns) const {
    const std::uint64_t latest = completed_.load(std::memory_order_relaxed);
    return shared_.ledger.progress().at(instant_ns, latest);
  }

  // Waits for the thread's end, which somebody must have asked for. One thread; harmless when
  // repeated.
  void join();

  // After join(): the window, null unless it was opened and closed; and the first failure, empty if
  // none.
  const Window* window() const { return shared_.ledger.window(); }
  const std::string& first_error() const { return shared_.ledger.first_error(); }

 private:
  enum Command : std::uint32_t { kStart = 1, kOpenWindow = 2, kCloseWindow = 4, kStop = 8 };

  void post(Command command);
  void run();
  std::optional<std::string> prepare();
  std::optional<std::string> connect_all();
  std::optional<std::string> watch(int fd, std::uint32_t events, void* data);
  void serve();
  bool obey();
  void forget_wakeups();
  void close_ledger_window();
  void publish();

  const ClosedLoopConfig config_;
  Shared shared_;
  ClosedLoopEvents events_;
  std::vector<std::unique_ptr<Connection>> connections_;
  int epoll_fd_ = -1;
  int command_fd_ = -1;
  std::atomic<std::uint32_t> commands_{0};
  std::atomic<std::uint64_t> completed_{0};
  std::atomic<std::uint64_t> errors_{0};
  std::atomic<std::uint64_t> connections_open_{0};
  pthread_t thread_{};
  bool joinable_ = false;
};

}  // namespace iomodels::load
