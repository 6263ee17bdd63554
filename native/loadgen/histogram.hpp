// Latencies in nanoseconds: 1 ns to 60 s, three significant digits (HdrHistogram_c).
#pragma once

#include <hdr/hdr_histogram.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace iomodels::load {

class Histogram {
 public:
  static constexpr std::int64_t kHighestNs = 60'000'000'000;
  static constexpr int kDigits = 3;

  // A bucket with recorded values. value_ns is its lowest value, so recording it again hits the
  // same bucket.
  struct Bucket {
    std::int64_t value_ns;
    std::int64_t count;
  };

  Histogram() {
    hdr_histogram* raw = nullptr;
    if (hdr_init(1, kHighestNs, kDigits, &raw) != 0) std::abort();  // out of memory
    histogram_.reset(raw);
  }

  // Values outside the range count as its nearest end.
  void record(std::int64_t value_ns) {
    hdr_record_value(histogram_.get(), std::clamp<std::int64_t>(value_ns, 1, kHighestNs));
  }

  void add(const Histogram& other) { hdr_add(histogram_.get(), other.histogram_.get()); }

  // percentile from 0 to 100.
  std::int64_t at_percentile(double percentile) const {
    return hdr_value_at_percentile(histogram_.get(), percentile);
  }

  std::int64_t count() const { return histogram_->total_count; }

  std::vector<Bucket> buckets() const {
    std::vector<Bucket> found;
    hdr_iter iterator;
    hdr_iter_recorded_init(&iterator, histogram_.get());
    while (hdr_iter_next(&iterator)) found.push_back({iterator.value, iterator.count});
    return found;
  }

 private:
  struct Close {
    void operator()(hdr_histogram* histogram) const { hdr_close(histogram); }
  };
  std::unique_ptr<hdr_histogram, Close> histogram_;
};

}  // namespace iomodels::load
