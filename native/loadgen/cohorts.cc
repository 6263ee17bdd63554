#include "cohorts.hpp"

#include <algorithm>

namespace iomodels::load {

void Cohorts::divide(const std::vector<std::unique_ptr<Line>>& lines, bool divided) {
  divided_ = divided && lines.size() >= kFewest && lines.size() <= kMost;
  if (!divided_) return;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t number = i % kCohorts;
    lines[i]->join_cohort(number);
    cohorts_[number].members.push_back(lines[i].get());
  }
}

void Cohorts::answered(const std::vector<Line*>& lines) {
  if (!divided_) {
    for (Line* const line : lines) line->go_on();
    return;
  }
  for (Line* const line : lines) cohorts_[line->cohort()].waiting.push_back(line);
  for (Cohort& cohort : cohorts_) {
    if (!is_complete(cohort)) continue;
    for (Line* const line : cohort.waiting) line->go_on();
    cohort.waiting.clear();
  }
}

// Lost lines are not waited for.
bool Cohorts::is_complete(const Cohort& cohort) const {
  const std::size_t waiting = cohort.waiting.size();
  if (waiting == 0 || waiting == cohort.members.size()) return waiting > 0;
  if (ledger_.errors() == 0) return false;
  const auto live = [](const Line* line) { return !line->is_lost(); };
  const auto count = [&](const std::vector<Line*>& lines) {
    return std::count_if(lines.begin(), lines.end(), live);
  };
  return count(cohort.waiting) == count(cohort.members);
}

void Cohorts::forget() {
  for (Cohort& cohort : cohorts_) cohort.waiting.clear();
}

}  // namespace iomodels::load
