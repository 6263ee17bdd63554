// One load thread: some of the load's lines, on one CPU.
//
//   state      entered when                                left by
//   launched   launch(): pins itself, connects             opened: parked, or ended with the reason
//   parked     connected; draining: nothing is in flight   start()
//   flowing    start(): traffic, with a window or without  drain()
//   finishing  drain(): traffic goes on                    the window's last reply, or half of the
//                                                          limit: finished
//   finished   said so; traffic goes on                    quiet()
//   draining   quiet(): nothing more is sent               the last reply, or the limit: parked
//   ended      stop(), at any point                        -
//
// A parked thread blocks: many loads may wait on one CPU while another one is measured.
//
// Any thread may post commands. The load thread carries them out between two batches of events, so
// that counting needs no atomic operation and the window's borders lie between requests.
//
// The first worker may have a guest: the upstream of a relay, which it serves between two replies,
// within its own CPU time. Another thread would compete with it for its CPU.
//
// A closed loop sleeps in epoll_wait until replies come. An open load that is not parked never
// sleeps: it reads the clock and polls epoll without waiting, so that no timer's granularity makes
// requests late.
#pragma once

#include <netinet/in.h>
#include <pthread.h>
#include <sys/epoll.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cohorts.hpp"
#include "connector.hpp"
#include "dispatcher.hpp"
#include "line.hpp"
#include "null_server.hpp"

namespace iomodels::load {

// A worker's share of the load: lines number first, first + stride, … below connections, and the
// same of the silent ones.
struct Share {
  unsigned first = 0;
  unsigned stride = 1;
  // Null in a closed loop.
  std::shared_ptr<const Schedule> schedule;
};

// Called on the load thread: opened once (nothing, or why it failed); for each drain() finished and
// then, for quiet(), parked; ended once, as its last act.
struct WorkerEvents {
  std::function<void(std::optional<std::string>)> opened;
  std::function<void()> finished;
  std::function<void()> parked;
  std::function<void()> ended;
};

class Worker {
 public:
  // config must outlive the worker.
  Worker(const LoadConfig& config, Share share);
  // The thread must have been joined.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Starts the thread. Returns nothing, or why it could not; then no event follows. Called once.
  std::optional<std::string> launch(WorkerEvents events);

  // When parked. start_ns: the zero of an open load's schedule, the same for all workers.
  void start(std::int64_t start_ns);
  void open_window() { post(kOpenWindow); }
  void close_window() { post(kCloseWindow); }
  // After close_window(). now_ns: when the limit begins, the same for all workers.
  void drain(std::int64_t now_ns);
  // After `finished`.
  void quiet() { post(kQuiet); }
  void stop() { post(kStop); }
  // Waits for the thread's end, after a stop(). Harmless when repeated.
  void join();

  // What the load thread published after its last batch of events. Any thread.
  std::uint64_t completed() const { return completed_.load(std::memory_order_relaxed); }
  std::uint64_t errors() const { return errors_.load(std::memory_order_relaxed); }
  std::uint64_t connections_open() const {
    return connections_open_.load(std::memory_order_relaxed);
  }
  std::optional<Progress::Count> completed_at(std::int64_t instant_ns) const {
    return shared_.ledger.progress().at(instant_ns, completed());
  }

  // Between `parked` and start(): the window that was drained, and the first failure until then,
  // empty if there was none.
  const Window* window() const { return window_.get(); }
  const std::string& first_error() const { return first_error_; }

 private:
  enum Command : std::uint32_t {
    kStart = 1,
    kOpenWindow = 2,
    kCloseWindow = 4,
    kDrain = 8,
    kQuiet = 16,
    kStop = 32
  };
  enum class State : std::uint8_t { parked, flowing, finishing, finished, draining };

  void post(Command command);
  void run();
  std::optional<std::string> prepare();
  std::optional<std::string> pin() const;
  std::optional<std::string> make_timers();
  std::optional<std::string> host_upstream();
  std::optional<std::string> make_lines();
  std::optional<std::string> add_connection(const sockaddr_in& address, unsigned index);
  std::optional<std::string> add_silent(const sockaddr_in& address, unsigned index);
  Connected connect(const sockaddr_in& address, const ConnectOptions& options);
  std::optional<std::string> watch(int fd, std::uint32_t events, void* data);
  void add_line(std::unique_ptr<Line> line);
  void serve_closed();
  void go_on();
  void serve_open();
  bool serve_parked();
  bool take_event(const epoll_event& event);
  void set_rest_timer();
  bool obey();
  static void forget(int fd);
  void begin_traffic();
  void spread_readers();
  void close_ledger_window();
  void stop_sending();
  int wait_ms() const;
  void drain_on();
  void park();
  void set_expiry_timer(std::int64_t period_ns);
  void expire_lines(std::int64_t now_ns);
  void publish();

  const LoadConfig& config_;
  const Share share_;
  Shared shared_;
  Cohorts cohorts_;
  // Null in a closed loop.
  std::unique_ptr<Dispatcher> dispatcher_;
  WorkerEvents events_;
  std::vector<std::unique_ptr<Line>> lines_;
  // Lines that never begin: whatever comes over them is a failure.
  std::vector<std::unique_ptr<Line>> silent_;
  // Null in all workers but the first, and there unless the load has an upstream.
  std::unique_ptr<NullServer> upstream_;
  int command_fd_;
  // Closed loop: when to look for requests that take too long, and for pauses that are over.
  int expiry_fd_ = -1;
  int rest_fd_ = -1;
  // What rest_fd_ is set to; 0: nothing.
  std::int64_t rest_until_ns_ = 0;
  // Written before kStart and kDrain are posted, read after they were seen.
  std::int64_t start_ns_ = 0;
  std::int64_t drain_start_ns_ = 0;
  State state_ = State::parked;
  // When finishing and draining: the latest instant of its end.
  std::int64_t deadline_ns_ = 0;
  // Written before `parked`.
  std::unique_ptr<Window> window_;
  std::string first_error_;
  std::atomic<std::uint32_t> commands_{0};
  std::atomic<std::uint64_t> completed_{0};
  std::atomic<std::uint64_t> errors_{0};
  std::atomic<std::uint64_t> connections_open_{0};
  pthread_t thread_{};
  bool joinable_ = false;
};

}  // namespace iomodels::load
