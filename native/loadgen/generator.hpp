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

// Called on one of the load threads: opened once, when all connections are made or one has failed
// (with the reason); paused for each pause(); and ended once, when no load thread uses the
// generator any more.
struct GeneratorEvents {
  std::function<void(std::optional<std::string>)> opened;
  std::function<void()> paused;
  std::function<void()> ended;
};

class Generator {
 public:
  explicit Generator(LoadConfig config);
  // Stops and waits for the threads.
  ~Generator();
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  // Computes the schedule of an open load and starts the threads. Returns nothing, or why it could
  // not; then no event follows. Called once. The commands of Worker, in the order of its states.
  std::optional<std::string> launch(GeneratorEvents events);
  // Traffic begins or continues; an open load's schedule as if no time had passed since the pause.
  void start();
  void open_window();
  void close_window();
  // Keeps the load going until the window's requests have their replies, for at most half of the
  // limit; then sends nothing more and waits until nothing is in flight. Then all threads block.
  void pause();
  void stop();
  void join();

  // Any thread.
  Snapshot snapshot() const;
  // Replies verified up to an instant of CLOCK_MONOTONIC, not long ago. Any thread.
  std::optional<Progress::Count> completed_at(std::int64_t instant_ns) const;

  // Between `paused` and start(): the window, and the first failure of the first worker that had
  // one, empty if none had.
  std::unique_ptr<Window> window() const;
  std::string first_error() const;

 private:
  void on_opened(std::optional<std::string> trouble);
  void on_finished();
  void on_parked();
  void on_ended();

  const LoadConfig config_;
  GeneratorEvents events_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::mutex opening_;
  // Guarded by opening_.
  std::size_t opened_ = 0;
  std::optional<std::string> trouble_;
  std::atomic<std::size_t> running_{0};
  // Workers that have not finished, and that are not parked.
  std::atomic<std::size_t> unfinished_{0};
  std::atomic<std::size_t> flowing_{0};
  // The schedule's zero, and when it stopped: written by the last worker to finish, before
  // `paused`.
  std::int64_t start_ns_ = 0;
  std::int64_t quiet_ns_ = 0;
};

}  // namespace iomodels::load
