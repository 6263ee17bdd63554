#include "affinity.hpp"

#include <dirent.h>
#include <sched.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>

namespace iomodels::load {
namespace {

std::string list_of(const Cpus& cpus) {
  std::string text;
  for (const int cpu : cpus) {
    if (!text.empty()) text += ',';
    text += std::to_string(cpu);
  }
  return text;
}

std::string allowed_here() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return "unknown";
  Cpus cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) cpus.push_back(cpu);
  }
  return list_of(cpus);
}

std::string refusal(const Cpus& cpus, const std::string& why) {
  return "cannot pin to CPU " + list_of(cpus) + ": " + why +
         " (CPUs this process may use: " + allowed_here() + ")";
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

// The threads of a process now; empty when there is no such process.
std::set<pid_t> threads_of(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/task";
  std::unique_ptr<DIR, CloseFolder> folder(opendir(path.c_str()));
  std::set<pid_t> threads;
  if (!folder) return threads;
  while (const dirent* entry = readdir(folder.get())) {
    if (entry->d_name[0] != '.') threads.insert(std::atoi(entry->d_name));
  }
  return threads;
}

}  // namespace

std::optional<std::string> pin_thread(pid_t tid, const Cpus& cpus, bool* vanished) {
  if (cpus.empty()) return "cannot pin to an empty list of CPUs";
  cpu_set_t wanted;
  CPU_ZERO(&wanted);
  for (const int cpu : cpus) {
    if (cpu < 0 || cpu >= CPU_SETSIZE) return refusal(cpus, "no such CPU");
    CPU_SET(cpu, &wanted);
  }
  if (sched_setaffinity(tid, sizeof wanted, &wanted) != 0) {
    if (vanished != nullptr) *vanished = errno == ESRCH;
    return refusal(cpus, std::strerror(errno));
  }
  // The kernel drops CPUs that do not exist without a word.
  cpu_set_t actual;
  if (sched_getaffinity(tid, sizeof actual, &actual) != 0) {
    if (vanished != nullptr) *vanished = errno == ESRCH;
    return refusal(cpus, std::strerror(errno));
  }
  if (!CPU_EQUAL(&wanted, &actual)) return refusal(cpus, "some of them do not exist");
  return std::nullopt;
}

std::optional<std::string> pin_process(pid_t pid, const Cpus& cpus) {
  std::set<pid_t> pinned;
  // A thread that was not yet pinned may have started another: look again until there is no new
  // one.
  for (bool found_new = true; found_new;) {
    found_new = false;
    const std::set<pid_t> threads = threads_of(pid);
    if (threads.empty()) return "cannot pin process " + std::to_string(pid) + ": no such process";
    for (const pid_t tid : threads) {
      if (pinned.contains(tid)) continue;
      bool vanished = false;
      const auto trouble = pin_thread(tid, cpus, &vanished);
      if (trouble && !vanished) return trouble;
      pinned.insert(tid);
      found_new = true;
    }
  }
  return std::nullopt;
}

}  // namespace iomodels::load
