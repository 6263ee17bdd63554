#include "generator.hpp"

#include <algorithm>

#include "clock.hpp"

namespace iomodels::load {

Generator::Generator(LoadConfig config) : config_(std::move(config)) {
  const std::size_t cpus = std::max<std::size_t>(config_.cpus.size(), 1);
  const auto count = static_cast<unsigned>(std::min<std::size_t>(cpus, config_.connections));
  std::shared_ptr<const Schedule> schedule;
  if (config_.open && !schedule_trouble(*config_.open)) {
    schedule = std::make_shared<const Schedule>(make_schedule(*config_.open));
  }
  for (unsigned i = 0; i < count; ++i) {
    workers_.push_back(std::make_unique<Worker>(config_, Share{i, count, schedule}));
  }
}

Generator::~Generator() {
  stop();
  join();
}

std::optional<std::string> Generator::launch(GeneratorEvents events) {
  if (config_.open) {
    if (auto trouble = schedule_trouble(*config_.open)) return trouble;
  }
  events_ = std::move(events);
  running_ = workers_.size();
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    auto trouble = workers_[i]->launch({[this](auto why) { on_opened(std::move(why)); },
                                        [this] { on_finished(); }, [this] { on_parked(); },
                                        [this] { on_ended(); }});
    if (!trouble) continue;
    if (i == 0) return trouble;
    // Some threads run already: they end as in a load that could not be opened.
    for (; i < workers_.size(); ++i) {
      on_opened(trouble);
      on_ended();
    }
  }
  return std::nullopt;
}

void Generator::on_opened(std::optional<std::string> trouble) {
  const std::lock_guard lock(opening_);
  if (trouble && !trouble_) {
    trouble_ = std::move(trouble);
    stop();  // the others can stop connecting
  }
  if (++opened_ == workers_.size()) events_.opened(trouble_);
}

// The load of all threads continues until the last window has its replies: they share a server.
void Generator::on_finished() {
  if (--unfinished_ > 0) return;
  quiet_ns_ = monotonic_ns();
  for (const auto& worker : workers_) worker->quiet();
}

void Generator::on_parked() {
  if (--flowing_ == 0) events_.paused();
}

void Generator::on_ended() {
  if (--running_ == 0) events_.ended();
}

void Generator::start() {
  start_ns_ += monotonic_ns() - quiet_ns_;
  for (const auto& worker : workers_) worker->start(start_ns_);
}

void Generator::open_window() {
  for (const auto& worker : workers_) worker->open_window();
}

void Generator::close_window() {
  for (const auto& worker : workers_) worker->close_window();
}

void Generator::pause() {
  unfinished_ = flowing_ = workers_.size();
  const std::int64_t now_ns = monotonic_ns();
  for (const auto& worker : workers_) worker->drain(now_ns);
}

void Generator::stop() {
  for (const auto& worker : workers_) worker->stop();
}

void Generator::join() {
  for (const auto& worker : workers_) worker->join();
}

Snapshot Generator::snapshot() const {
  Snapshot sum{};
  for (const auto& worker : workers_) {
    sum.completed += worker->completed();
    sum.errors += worker->errors();
    sum.connections_open += worker->connections_open();
  }
  return sum;
}

std::optional<Progress::Count> Generator::completed_at(std::int64_t instant_ns) const {
  Progress::Count sum{};
  for (const auto& worker : workers_) {
    const auto count = worker->completed_at(instant_ns);
    if (!count) return std::nullopt;
    sum.completed += count->completed;
    sum.uncertain += count->uncertain;
  }
  return sum;
}

std::unique_ptr<Window> Generator::window() const {
  std::unique_ptr<Window> merged;
  for (const auto& worker : workers_) {
    const Window* const window = worker->window();
    if (window == nullptr) return nullptr;
    if (!merged) {
      merged = std::make_unique<Window>();
      merged->start_ns = window->start_ns;
      if (window->open) merged->open = std::make_unique<OpenWindow>();
    }
    merged->merge(*window);
  }
  return merged;
}

std::string Generator::first_error() const {
  for (const auto& worker : workers_) {
    if (!worker->first_error().empty()) return worker->first_error();
  }
  return {};
}

}  // namespace iomodels::load
