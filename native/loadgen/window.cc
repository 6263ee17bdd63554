#include "window.hpp"

#include <algorithm>
#include <cstdlib>

namespace iomodels::load {
namespace {

void merge_open(OpenWindow& into, const OpenWindow& other) {
  into.offered += other.offered;
  into.starved += other.starved;
  into.waiting += other.waiting;
  into.exhausted = into.exhausted || other.exhausted;
  into.loop_ns += other.loop_ns;
  into.busy_ns += other.busy_ns;
  into.response_ns.add(other.response_ns);
  into.lateness_ns.add(other.lateness_ns);
  into.censored_ns.add(other.censored_ns);
}

}  // namespace

const char* name_of(Failure failure) {
  switch (failure) {
    case Failure::reset: return "reset";
    case Failure::closed: return "closed";
    case Failure::wrong_bytes: return "wrong_bytes";
    case Failure::bad_status: return "bad_status";
    case Failure::protocol: return "protocol";
    case Failure::refused: return "refused";
    case Failure::no_port: return "no_port";
  }
  std::abort();
}

void Window::merge(const Window& other) {
  start_ns = std::min(start_ns, other.start_ns);
  end_ns = std::max(end_ns, other.end_ns);
  completed += other.completed;
  sent += other.sent;
  ok += other.ok;
  for (std::size_t i = 0; i < errors.size(); ++i) errors[i] += other.errors[i];
  timeouts += other.timeouts;
  unfinished += other.unfinished;
  unanswered += other.unanswered;
  bytes_read += other.bytes_read;
  cpu_ns += other.cpu_ns;
  service_ns.add(other.service_ns);
  if (open && other.open) merge_open(*open, *other.open);
}

}  // namespace iomodels::load
