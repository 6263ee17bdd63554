#include "progress.hpp"

#include <algorithm>

namespace iomodels::load {

std::optional<Progress::Count> Progress::at(std::int64_t instant_ns, std::uint64_t latest) const {
  const std::uint64_t end = written_.load(std::memory_order_acquire);
  const std::uint64_t reach = kEntries - kSafety;
  const std::uint64_t begin = end > reach ? end - reach : 0;
  // The first entry after the instant, by bisection.
  std::uint64_t after = end;
  for (std::uint64_t low = begin; low < after;) {
    const std::uint64_t middle = low + (after - low) / 2;
    if (ns(middle) > instant_ns) {
      after = middle;
    } else {
      low = middle + 1;
    }
  }
  if (after == begin && begin > 0) return std::nullopt;
  const double before = after == begin ? 0 : completed(after - 1);
  if (after == end) {
    const double now = static_cast<double>(latest);
    return Count{before, now > before ? now - before : 0};
  }
  const double next = completed(after);
  if (after == begin) return Count{next / 2, next / 2};  // before the very first entry
  const auto span_ns = static_cast<double>(ns(after) - ns(after - 1));
  const auto part_ns = static_cast<double>(instant_ns - ns(after - 1));
  // It may have been any count between both entries.
  const double since = (next - before) * part_ns / span_ns;
  return Count{before + since, std::max(since, next - before - since)};
}

}  // namespace iomodels::load
