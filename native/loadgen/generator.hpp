// A load: its workers, one per CPU as far as there are connections for them, seen as one.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "worker.hpp"

namespace iomodels::load {

struct Snapshot {
  std::uint64_t completed;
  // Timeouts included.
  std::uint64_t errors;
  std::uint64_t connections_open;
};

// Called on one of the load threads: opened once, when all connections are made or one could not
// (then with the reason), and ended once, when no load thread touches the generator any more.
using GeneratorEvents = WorkerEvents;

class Generator {
 public:
  explicit Generator(LoadConfig config);
  // Stops and waits for the threads.
  ~Generator();
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  // Computes the schedule of an open load and starts the threads. Returns nothing, or why it could
  // not; then no event follows. Called once. The other commands are those of Worker.
  std::optional<std::string> launch(GeneratorEvents events);
  void start();
  void open_window();
  void close_window();
  void stop();
  void join();

  // Any thread.
  Snapshot snapshot() const;
  // Replies verified up to an instant of CLOCK_MONOTONIC, not long ago. Any thread.
  std::optional<Progress::Count> completed_at(std::int64_t instant_ns) const;

  // After join(): the window, null unless it was opened and closed by all workers; and the first
  // failure of the first worker that had one, empty if none had.
  std::unique_ptr<Window> window() const;
  std::string first_error() const;

 private:
  void on_opened(std::optional<std::string> trouble);
  void on_ended();

  const LoadConfig config_;
  GeneratorEvents events_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::mutex opening_;
  // Guarded by opening_.
  std::size_t opened_ = 0;
  std::optional<std::string> trouble_;
  std::atomic<std::size_t> running_{0};
};

}  // namespace iomodels::load
