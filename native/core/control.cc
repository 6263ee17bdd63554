#include "control.hpp"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "control_lines.hpp"
#include "counters.hpp"
#include "limits.hpp"
#include "memory.hpp"
#include "server.hpp"

namespace iomodels {

bool JsonLine::print() {
  text_.append("}\n");
  for (std::string_view left = text_; !left.empty();) {
    const ssize_t n = ::write(STDOUT_FILENO, left.data(), left.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) left.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

namespace {

constexpr std::uint64_t kDrainNs = 2'000'000'000;

std::vector<Listener> control_listeners;  // constant once the control thread runs

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

std::uint64_t microseconds(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000u +
         static_cast<std::uint64_t>(time.tv_usec);
}

// ru_maxrss would include what the parent had before exec; VmHWM is this program's own. The kernel
// adds it up from counters that lag behind, so it may fall by some pages; a peak does not.
std::uint64_t peak_rss_bytes() {
  static std::atomic<std::uint64_t> peak{0};
  unsigned long long kib = 0;
  if (std::FILE* status = std::fopen("/proc/self/status", "re")) {
    char line[256];
    while (std::fgets(line, sizeof line, status) != nullptr) {
      if (std::sscanf(line, "VmHWM: %llu kB", &kib) == 1) break;
    }
    std::fclose(status);
  }
  std::uint64_t seen = peak.load();
  while (seen < kib * 1024 && !peak.compare_exchange_weak(seen, kib * 1024)) {
  }
  return peak.load();
}

std::uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(now.tv_nsec);
}

// Everything that belongs to one instant.
struct Sample {
  std::uint64_t instant_ns = 0;
  std::uint64_t taken_in_ns = 0;
  rusage usage{};
  CounterTotals totals;
};

Sample sample_now() {
  Sample sample;
  sample.instant_ns = monotonic_ns();
  getrusage(RUSAGE_SELF, &sample.usage);
  sample.totals = counter_totals();
  sample.taken_in_ns = monotonic_ns() - sample.instant_ns;
  return sample;
}

// On a busy CPU this thread may be preempted between two readings, while hundreds of others go on
// counting. Such a sample is not one instant, so it is taken again, a few times at most: the kernel
// needs more than a millisecond to sum the times of ten thousand threads.
Sample sample_one_instant() {
  constexpr std::uint64_t kInstantNs = 200'000;
  constexpr std::uint64_t kLimitNs = 5'000'000;
  constexpr int kAttempts = 20;
  Sample best = sample_now();
  const std::uint64_t end_ns = best.instant_ns + kLimitNs;
  for (int i = 1; i < kAttempts && best.taken_in_ns > kInstantNs && monotonic_ns() < end_ns; ++i) {
    const Sample next = sample_now();
    if (next.taken_in_ns < best.taken_in_ns) best = next;
  }
  return best;
}

void add_process(JsonLine& line, const Sample& sample) {
  line.add("monotonic_ns", sample.instant_ns);
  line.add("user_cpu_us", microseconds(sample.usage.ru_utime));
  line.add("system_cpu_us", microseconds(sample.usage.ru_stime));
  line.add("voluntary_switches", static_cast<std::uint64_t>(sample.usage.ru_nvcsw));
  line.add("involuntary_switches", static_cast<std::uint64_t>(sample.usage.ru_nivcsw));
  if (const std::uint64_t peak = peak_rss_bytes(); peak > 0) line.add("max_rss_bytes", peak);
}

bool print_stats(bool is_final) {
  JsonLine line("stats");
  const Sample sample = sample_one_instant();
  add_process(line, sample);
  const CounterTotals& totals = sample.totals;
#define IOMODELS_ADD(name) line.add(#name, totals.name);
  IOMODELS_COUNTERS(IOMODELS_ADD)
#undef IOMODELS_ADD
  line.add("connections_open", totals.accepts - totals.closes);
  add_refusals(line);
  if (model.add_stats != nullptr) model.add_stats(line);
  if (is_final) line.add_true("final");
  return line.print();
}

bool is_listened_on(std::uint16_t port) {
  for (const Listener& listener : control_listeners) {
    if (listener.port == port) return true;
  }
  return false;
}

// Lets every connection of a listener's port read end of file once it has read what was received.
// Looks the connections up in /proc, so that a connection costs nothing to register while the
// server is measured.
void end_idle_connections() {
  DIR* directory = opendir("/proc/self/fd");
  if (directory == nullptr) return;
  while (const dirent* entry = readdir(directory)) {
    const int fd = std::atoi(entry->d_name);
    sockaddr_in local{};
    sockaddr_in peer{};
    socklen_t local_size = sizeof local;
    socklen_t peer_size = sizeof peer;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&local), &local_size) != 0) continue;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0) continue;
    if (local.sin_family == AF_INET && is_listened_on(ntohs(local.sin_port))) {
      shutdown(fd, SHUT_RD);
    }
  }
  closedir(directory);
}

bool all_closed() {
  const CounterTotals totals = counter_totals();
  return totals.accepts == totals.closes;
}

[[noreturn]] void stop() {
  for (const Listener& listener : control_listeners) shutdown(listener.fd, SHUT_RDWR);
  const timespec pause{0, 1'000'000};
  const std::uint64_t end_ns = monotonic_ns() + kDrainNs;
  while (!all_closed() && monotonic_ns() < end_ns) {
    // Again in each round: a connection may have been on its way out of accept before.
    end_idle_connections();
    nanosleep(&pause, nullptr);
  }
  print_stats(true);
  std::exit(0);
}

void answer_line(std::string_view line) {
  if (line == "stats") {
    print_stats(false);
  } else {
    std::fprintf(stderr, "%s: unknown control line: %.*s\n", model.variant,
                 static_cast<int>(line.size()), line.data());
  }
}

// The highest priority: else this thread would wait for thousands of runnable ones before it
// answers. It runs only when it is asked. Without the permission it waits.
void come_first() {
  constexpr int kFirst = -20;
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kFirst);
}

void* control_thread(void*) {
  attach_to_heap();
  come_first();
  const sigset_t signals = stop_signals();
  const int signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
  pollfd sources[] = {{STDIN_FILENO, POLLIN, 0}, {signal_fd, POLLIN, 0}};
  ControlLines lines;
  for (;;) {
    if (poll(sources, 2, -1) < 0) {
      if (errno == EINTR) continue;
      stop();
    }
    if (sources[1].revents != 0) stop();
    if (sources[0].revents == 0) continue;
    char buffer[256];
    const ssize_t n = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) stop();
    lines.take(std::string_view(buffer, static_cast<std::size_t>(n)), answer_line);
  }
}

}  // namespace

void prepare_control() {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A peer that is gone is an error of write, not the end of the server.
  std::signal(SIGPIPE, SIG_IGN);
}

void start_control(std::span<const Listener> listeners) {
  control_listeners.assign(listeners.begin(), listeners.end());
  pthread_t thread;
  const int error = pthread_create(&thread, nullptr, control_thread, nullptr);
  if (error != 0)
    Server::fail(std::string("cannot start the control thread: ") + std::strerror(error));
  pthread_detach(thread);
}

}  // namespace iomodels
