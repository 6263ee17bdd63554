#include "dispatcher.hpp"

namespace iomodels::load {

bool Dispatcher::dispatch(std::int64_t now_ns) {
  bool any = false;
  for (; flowing_ && !arrival_.ended() && arrival_.due_ns() <= now_ns; any = true) {
    const std::int64_t due_ns = arrival_.due_ns();
    arrival_.advance();
    ledger_.due(due_ns);
    Line* const line = waiting_.empty() ? take_idle() : nullptr;
    if (line != nullptr) {
      line->begin(due_ns);
    } else {
      ledger_.starved(due_ns);
      waiting_.push_back(due_ns);
    }
  }
  return any;
}

// Null when all lines are busy or lost.
Line* Dispatcher::take_idle() {
  while (!idle_.empty()) {
    Line* const line = idle_.front();
    idle_.pop_front();
    if (!line->is_lost()) return line;
  }
  return nullptr;
}

void Dispatcher::freed(Line& line) {
  if (waiting_.empty()) return idle_.push_back(&line);
  const std::int64_t due_ns = waiting_.front();
  waiting_.pop_front();
  line.begin(due_ns);
}

DueTimes Dispatcher::stop() {
  flowing_ = false;
  DueTimes dropped(waiting_.begin(), waiting_.end());
  waiting_.clear();
  return dropped;
}

}  // namespace iomodels::load
