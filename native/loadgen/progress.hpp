// How many replies had been verified at which instant: a ring that the load thread writes and
// others read, to find the count at an instant that another program has recorded.
//
// An entry every few replies is enough: between two entries the count is interpolated.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace iomodels::load {

class Progress {
 public:
  struct Count {
    double completed;
    // The error of that count, in replies.
    double uncertain;
  };

  Progress() : entries_(kEntries) {}

  // The load thread, after each verified reply. now_ns never goes backwards.
  void note(std::int64_t now_ns, std::uint64_t completed) {
    if (completed % kRepliesPerEntry != 0) return;
    const std::uint64_t index = written_.load(std::memory_order_relaxed);
    Entry& entry = entries_[index % kEntries];
    entry.ns.store(now_ns, std::memory_order_relaxed);
    entry.completed.store(completed, std::memory_order_relaxed);
    written_.store(index + 1, std::memory_order_release);
  }

  // The count at an instant; latest: the count now. Nothing when the ring no longer reaches back to
  // it.
  std::optional<Count> at(std::int64_t instant_ns, std::uint64_t latest) const;

 private:
  static constexpr std::uint64_t kRepliesPerEntry = 8;
  // Half a million replies: seconds at any rate that one thread can reach.
  static constexpr std::size_t kEntries = std::size_t{1} << 16;
  // Entries that the load thread may overwrite while a reader looks.
  static constexpr std::uint64_t kSafety = 1024;

  struct Entry {
    std::atomic<std::int64_t> ns{0};
    std::atomic<std::uint64_t> completed{0};
  };

  const Entry& entry(std::uint64_t index) const { return entries_[index % kEntries]; }
  std::int64_t ns(std::uint64_t index) const {
    return entry(index).ns.load(std::memory_order_relaxed);
  }
  double completed(std::uint64_t index) const {
    return static_cast<double>(entry(index).completed.load(std::memory_order_relaxed));
  }

  std::vector<Entry> entries_;
  std::atomic<std::uint64_t> written_{0};
};

}  // namespace iomodels::load
