#include "worker.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "clock.hpp"
#include "worker_parts.hpp"

namespace iomodels::load {

Worker::Worker(const LoadConfig& config, Share share)
    : config_(config),
      share_(std::move(share)),
      shared_(config),
      cohorts_(shared_.ledger),
      command_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!share_.schedule) return;
  const Arrival arrival(share_.schedule, share_.first, share_.stride);
  dispatcher_ = std::make_unique<Dispatcher>(arrival, shared_.ledger);
  shared_.free_lines = dispatcher_.get();
}

Worker::~Worker() {
  if (command_fd_ >= 0) close(command_fd_);
  if (expiry_fd_ >= 0) close(expiry_fd_);
  if (rest_fd_ >= 0) close(rest_fd_);
}

std::optional<std::string> Worker::launch(WorkerEvents events) {
  events_ = std::move(events);
  if (command_fd_ < 0) return "the load generator cannot start: no file descriptor is left";
  // Signals go to the threads of the program that uses this one.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const auto body = [](void* self) -> void* {
    static_cast<Worker*>(self)->run();
    return nullptr;
  };
  const int error = pthread_create(&thread_, nullptr, body, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) return cannot_start("pthread_create", error);
  joinable_ = true;
  return std::nullopt;
}

void Worker::join() {
  if (joinable_) pthread_join(thread_, nullptr);
  joinable_ = false;
}

void Worker::start(std::int64_t start_ns) {
  start_ns_ = start_ns;
  post(kStart);
}

void Worker::drain(std::int64_t now_ns) {
  drain_start_ns_ = now_ns;
  post(kDrain);
}

void Worker::post(Command command) {
  commands_.fetch_or(command, std::memory_order_release);
  if (command_fd_ < 0) return;  // never launched
  const std::uint64_t one = 1;
  // Fails only when 2^64 - 1 commands are waiting.
  if (write(command_fd_, &one, sizeof one) != sizeof one) std::abort();
}

void Worker::run() {
  pthread_setname_np(pthread_self(), "load");
  auto trouble = prepare();
  const bool ready = !trouble;
  publish();
  events_.opened(std::move(trouble));
  if (ready && dispatcher_) serve_open();
  if (ready && !dispatcher_) serve_closed();
  lines_.clear();
  silent_.clear();
  upstream_.reset();
  if (shared_.epoll_fd >= 0) close(shared_.epoll_fd);
  events_.ended();
}

void Worker::serve_closed() {
  // Few, so that a turn is short and commands, which open and close windows, do not wait.
  constexpr int kMaxEvents = 64;
  epoll_event events[kMaxEvents];
  for (bool running = true; running; publish()) {
    const int count = epoll_wait(shared_.epoll_fd, events, kMaxEvents, wait_ms());
    if (count < 0 && errno != EINTR) std::abort();  // the descriptor is ours: impossible
    // Before the events: a reply that the server sent after a command was given must find it done.
    running = obey();
    for (int i = 0; i < count; ++i) running = take_event(events[i]) && running;
    go_on();
    set_rest_timer();
    drain_on();
  }
}

// start() sends on the lines that are left out here.
void Worker::go_on() {
  const bool sending = state_ != State::draining && state_ != State::parked;
  if (sending) {
    cohorts_.answered(shared_.answered);
  } else {
    cohorts_.forget();
  }
  shared_.answered.clear();
}

// False when the thread must end.
bool Worker::take_event(const epoll_event& event) {
  void* const source = event.data.ptr;
  if (source == &command_fd_) {
    forget(command_fd_);
    return obey();
  }
  if (source == &expiry_fd_) {
    forget(expiry_fd_);
    expire_lines(monotonic_ns());
  } else if (source == &rest_fd_) {
    forget(rest_fd_);
    rest_until_ns_ = 0;
    shared_.resting.wake(monotonic_ns());
  } else if (source == upstream_.get()) {
    upstream_->turn();
  } else {
    static_cast<Line*>(source)->on_ready(event.events);
  }
  return true;
}

// Sets the timer to the end of the pause that ends first.
void Worker::set_rest_timer() {
  const auto next_ns = shared_.resting.next_ns();
  if (!next_ns || *next_ns == rest_until_ns_) return;
  rest_until_ns_ = *next_ns;
  const itimerspec timer = {{}, timespec_of(*next_ns)};
  if (timerfd_settime(rest_fd_, TFD_TIMER_ABSTIME, &timer, nullptr) != 0) std::abort();
}

void Worker::serve_open() {
  // Few, so that a due request never waits for many replies.
  constexpr int kMaxEvents = 8;
  epoll_event events[kMaxEvents];
  std::int64_t now_ns = monotonic_ns();
  std::int64_t next_expiry_ns = now_ns;
  for (bool running = true; running && obey();) {
    if (state_ == State::parked) {
      running = serve_parked();
      now_ns = next_expiry_ns = monotonic_ns();
      continue;
    }
    bool busy = dispatcher_->dispatch(now_ns);
    const int count = epoll_wait(shared_.epoll_fd, events, kMaxEvents, 0);
    if (count < 0 && errno != EINTR) std::abort();
    busy = shared_.resting.wake(now_ns) || busy;
    for (int i = 0; i < count; ++i) {
      running = take_event(events[i]) && running;
      dispatcher_->dispatch(monotonic_ns());
      busy = true;
    }
    const std::int64_t next_ns = monotonic_ns();
    shared_.ledger.looped(next_ns - now_ns, busy);
    now_ns = next_ns;
    if (now_ns >= next_expiry_ns) {
      expire_lines(now_ns);
      next_expiry_ns = now_ns + kExpiryNs;
    }
    if (busy) publish();
    drain_on();
  }
}

// An open load's turn in which it waits. False when the thread must end.
bool Worker::serve_parked() {
  epoll_event event;
  const int count = epoll_wait(shared_.epoll_fd, &event, 1, -1);
  if (count < 0 && errno != EINTR) std::abort();
  const bool running = count <= 0 || take_event(event);
  publish();
  return running;
}

// Takes the wake-ups of an eventfd or a timer. A command may already be done when its wake-up
// comes, and a newer command loses its wake-up here, so the caller looks at the commands again.
void Worker::forget(int fd) {
  std::uint64_t wakeups;
  if (read(fd, &wakeups, sizeof wakeups) != sizeof wakeups) std::abort();
}

// Carries out what was posted, in the order of a session's life. False when the thread must end.
bool Worker::obey() {
  if (commands_.load(std::memory_order_relaxed) == 0) return true;
  const std::uint32_t commands = commands_.exchange(0, std::memory_order_acquire);
  if ((commands & kStart) != 0) begin_traffic();
  if ((commands & kOpenWindow) != 0) shared_.ledger.open_window();
  if ((commands & kCloseWindow) != 0) close_ledger_window();
  if ((commands & kDrain) != 0) {
    state_ = State::finishing;
    deadline_ns_ = drain_start_ns_ + config_.drain_ns() / 2;
  }
  if ((commands & kQuiet) != 0) stop_sending();
  publish();
  return (commands & kStop) == 0;
}

void Worker::begin_traffic() {
  state_ = State::flowing;
  if (dispatcher_) return dispatcher_->start_at(start_ns_);
  set_expiry_timer(kExpiryNs);
  if (config_.pace) spread_readers();
  for (const auto& line : lines_) line->begin(0);
}

// Slow readers that start together stay together: all their replies would end at the same moment,
// and chance would decide how many fall into a window. So they begin to read one after the other,
// spread over the time of a reply.
void Worker::spread_readers() {
  shared_.resting.clear();
  const std::int64_t now_ns = monotonic_ns();
  const std::int64_t reply_ns = config_.pace->pause_ns(config_.expected.size());
  const auto count = static_cast<std::int64_t>(lines_.size());
  for (std::int64_t i = 0; i < count; ++i) {
    lines_[static_cast<std::size_t>(i)]->rest(now_ns + reply_ns * i / count);
  }
}

void Worker::close_ledger_window() {
  const std::int64_t end_ns = shared_.ledger.end_window();
  if (!dispatcher_) return;
  // What is due before the end counts as offered, even if it was not dispatched yet.
  dispatcher_->dispatch(end_ns - 1);
  if (dispatcher_->exhausted()) shared_.ledger.exhausted();
}

void Worker::stop_sending() {
  state_ = State::draining;
  deadline_ns_ = drain_start_ns_ + config_.drain_ns();
  if (dispatcher_) shared_.ledger.dropped(dispatcher_->stop());
}

// For how long a closed loop may wait for events.
int Worker::wait_ms() const {
  if (state_ != State::finishing && state_ != State::draining) return -1;
  const std::int64_t left_ns = deadline_ns_ - monotonic_ns();
  return left_ns <= 0 ? 0 : static_cast<int>(left_ns / 1'000'000) + 1;
}

void Worker::drain_on() {
  if (state_ != State::finishing && state_ != State::draining) return;
  const bool finishing = state_ == State::finishing;
  const std::uint64_t left = finishing ? shared_.ledger.pending() : shared_.ledger.in_flight();
  if (left > 0 && monotonic_ns() < deadline_ns_) return;
  if (!finishing) return park();
  state_ = State::finished;
  events_.finished();
}

void Worker::park() {
  DueTimes in_flight;
  for (const auto& line : lines_) line->append_in_flight(in_flight);
  window_ = shared_.ledger.seal(in_flight);
  first_error_ = shared_.ledger.first_error();
  if (!dispatcher_) set_expiry_timer(0);
  state_ = State::parked;
  publish();
  events_.parked();
}

// 0: off, so that a parked thread is not woken.
void Worker::set_expiry_timer(std::int64_t period_ns) {
  const timespec period = timespec_of(period_ns);
  const itimerspec timer = {period, period};
  if (timerfd_settime(expiry_fd_, 0, &timer, nullptr) != 0) std::abort();
}

void Worker::expire_lines(std::int64_t now_ns) {
  const std::int64_t before_ns = now_ns - std::int64_t{config_.timeout_ms} * 1'000'000;
  for (const auto& line : lines_) line->expire(before_ns);
}

void Worker::publish() {
  completed_.store(shared_.ledger.completed(), std::memory_order_relaxed);
  errors_.store(shared_.ledger.errors(), std::memory_order_relaxed);
  connections_open_.store(shared_.ledger.connections_open(), std::memory_order_relaxed);
}

}  // namespace iomodels::load
