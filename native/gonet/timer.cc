#include "timer.hpp"

#include "netpoll.hpp"
#include "scheduler.hpp"
#include "worker.hpp"

namespace iomodels::gonet {
namespace {

constexpr std::uint32_t kArity = 4;

void set(Timer& timer, const Timer::Setting& setting) {
  timer.callback = setting.callback;
  timer.argument = setting.argument;
  timer.sequence = setting.sequence;
}

}  // namespace

void Timer::arm(const Setting& setting) {
  Worker& worker = Worker::current();
  Timers* const armed_in = heap.load();
  const Timers::Moved moved =
      armed_in == nullptr ? Timers::Moved::not_here : armed_in->move(*this, setting);
  if (moved != Timers::Moved::not_here) {
    worker.stats.timers_rearmed.add();
    if (moved == Timers::Moved::to_the_front) scheduler::wake_for_timer(setting.when_ns);
    return;
  }
  netpoll::start();  // the worker that waits for this timer waits there
  Timers& own = worker.processor->timers;
  worker.stats.timers_armed.add();
  if (own.insert(*this, setting)) scheduler::wake_for_timer(setting.when_ns);
}

void Timer::disarm() {
  Timers* const armed_in = heap.load();
  if (armed_in != nullptr) (void)armed_in->remove(*this);
}

bool Timers::insert(Timer& timer, const Timer::Setting& setting) {
  const Locked lock(mutex_);
  set(timer, setting);
  timer.heap.store(this);
  heap_.push_back({});
  const std::uint32_t at =
      sift_up(static_cast<std::uint32_t>(heap_.size() - 1), {setting.when_ns, &timer});
  publish();
  return at == 0;
}

Timers::Moved Timers::move(Timer& timer, const Timer::Setting& setting) {
  const Locked lock(mutex_);
  if (timer.heap.load() != this) return Moved::not_here;
  set(timer, setting);
  const bool is_earlier = setting.when_ns < heap_[timer.index].when;
  const Entry entry{setting.when_ns, &timer};
  const std::uint32_t at = is_earlier ? sift_up(timer.index, entry) : sift_down(timer.index, entry);
  publish();
  return is_earlier && at == 0 ? Moved::to_the_front : Moved::elsewhere;
}

bool Timers::remove(Timer& timer) {
  const Locked lock(mutex_);
  if (timer.heap.load() != this) return false;
  remove_at(timer.index);
  publish();
  return true;
}

void Timers::remove_at(std::uint32_t index) {
  heap_[index].timer->heap.store(nullptr);
  const Entry last = heap_.back();
  heap_.pop_back();
  if (index == heap_.size()) return;
  if (sift_up(index, last) == index) (void)sift_down(index, last);
}

std::int64_t Timers::run_due_of_some(std::int64_t& now, bool& ran) {
  if (now == 0) now = now_ns();
  if (now < next_when()) return next_when();
  mutex_.lock();
  while (!heap_.empty() && heap_[0].when <= now) {
    const Timer* const timer = heap_[0].timer;
    const Timer::Callback callback = timer->callback;
    void* const argument = timer->argument;
    const std::uint32_t sequence = timer->sequence;
    remove_at(0);
    publish();
    mutex_.unlock();  // the callback takes other locks, and may arm timers
    callback(argument, sequence);
    ran = true;
    mutex_.lock();
  }
  const std::int64_t next = next_when();
  mutex_.unlock();
  return next;
}

void Timers::place(std::uint32_t index, Entry entry) {
  heap_[index] = entry;
  entry.timer->index = index;
}

// Both put entry at index or where it belongs from there, and return its place.
std::uint32_t Timers::sift_up(std::uint32_t index, Entry entry) {
  while (index > 0) {
    const std::uint32_t parent = (index - 1) / kArity;
    if (heap_[parent].when <= entry.when) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, entry);
  return index;
}

std::uint32_t Timers::sift_down(std::uint32_t index, Entry entry) {
  const auto size = static_cast<std::uint32_t>(heap_.size());
  for (;;) {
    const std::uint32_t first = index * kArity + 1;
    std::uint32_t least = index;
    std::int64_t least_when = entry.when;
    for (std::uint32_t child = first; child < first + kArity && child < size; ++child) {
      if (heap_[child].when >= least_when) continue;
      least = child;
      least_when = heap_[child].when;
    }
    if (least == index) break;
    place(index, heap_[least]);
    index = least;
  }
  place(index, entry);
  return index;
}

}  // namespace iomodels::gonet
