#include "schedule.hpp"

#include <cmath>
#include <cstdlib>
#include <random>

namespace iomodels::load {
namespace {

// FNV-1a, 64 bits: a seed is text, and the same text must give the same number everywhere.
std::uint64_t number_of(const std::string& seed) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : seed) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

double arrivals_expected(const OpenLoad& load) {
  return load.rate_per_s * static_cast<double>(load.duration_ns) / 1e9;
}

Schedule fixed(const OpenLoad& load) {
  Schedule schedule;
  schedule.reserve(static_cast<std::size_t>(arrivals_expected(load)) + 1);
  const double gap_ns = 1e9 / load.rate_per_s;
  for (double i = 0;; ++i) {
    const auto due_ns = static_cast<std::int64_t>(std::llround(i * gap_ns));
    if (due_ns >= load.duration_ns) return schedule;
    schedule.push_back(due_ns);
  }
}

Schedule poisson(const OpenLoad& load) {
  Schedule schedule;
  schedule.reserve(static_cast<std::size_t>(arrivals_expected(load) * 1.01) + 64);
  std::mt19937_64 random(number_of(load.seed));
  const double mean_ns = 1e9 / load.rate_per_s;
  for (double at_ns = 0;;) {
    const double uniform = static_cast<double>(random() >> 11) * 0x1p-53;
    at_ns -= std::log1p(-uniform) * mean_ns;
    if (at_ns >= static_cast<double>(load.duration_ns)) return schedule;
    schedule.push_back(static_cast<std::int64_t>(at_ns));
  }
}

}  // namespace

std::optional<std::string> schedule_trouble(const OpenLoad& load) {
  if (!(load.rate_per_s > 0) || !std::isfinite(load.rate_per_s)) {
    return "an open load needs a rate above 0 requests/s";
  }
  if (load.duration_ns <= 0) return "an open load needs a duration above 0";
  const double arrivals = arrivals_expected(load);
  if (arrivals <= kMostArrivals) return std::nullopt;
  return "an open load of " + std::to_string(arrivals) + " requests is too large; at most " +
         std::to_string(kMostArrivals) + ". Choose a lower rate or a shorter window";
}

Schedule make_schedule(const OpenLoad& load) {
  switch (load.arrivals) {
    case Arrivals::poisson: return poisson(load);
    case Arrivals::fixed: return fixed(load);
  }
  std::abort();
}

}  // namespace iomodels::load
