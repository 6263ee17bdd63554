// The smallest test harness that still says why. Each case runs in a process of its own, so that
// one that crashes or hangs is a failed case and nothing else, and prints one line:
//
//   ok <case>
//   not ok <case>: <why>
//   skip <case>: <why>
//
// The exit status is 0 when no case failed. With arguments, only the cases whose names contain one
// of them run; name=value arguments are for the cases: see argument.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace check {

struct Case {
  std::string name;
  std::function<void()> body;
  unsigned limit_s = 60;  // then it has hung
};

inline int verdict_fd = -1;  // in a case's own process: where its verdict goes, unless it is ok
inline std::vector<std::string_view> arguments;

// The value of the argument name=<number>; otherwise the given one.
inline long argument(std::string_view name, long otherwise) {
  for (const std::string_view text : arguments) {
    if (text.size() > name.size() && text.substr(0, name.size()) == name &&
        text[name.size()] == '=') {
      return std::atol(text.data() + name.size() + 1);
    }
  }
  return otherwise;
}

[[noreturn]] inline void end_case(char verdict, const std::string& why) {
  const std::string text = verdict + why;
  (void)!::write(verdict_fd, text.data(), text.size());
  _exit(verdict == 's' ? 0 : 1);
}

[[noreturn]] inline void fail(const std::string& why) { end_case('n', why); }
[[noreturn]] inline void skip(const std::string& why) { end_case('s', why); }

inline void is_true(bool holds, const char* what, int line) {
  if (!holds) fail("line " + std::to_string(line) + ": " + what);
}

template <class A, class B>
void equal(const A& got, const B& wanted, const char* what, int line) {
  if (got == wanted) return;
  fail("line " + std::to_string(line) + ": " + what + ": " +
       std::to_string(static_cast<long long>(got)) + " instead of " +
       std::to_string(static_cast<long long>(wanted)));
}

#define CHECK(condition) ::check::is_true((condition), #condition, __LINE__)
#define CHECK_EQUAL(got, wanted) ::check::equal((got), (wanted), #got, __LINE__)

inline bool is_wanted(const std::string& name) {
  bool all = true;
  for (const std::string_view text : arguments) {
    if (text.find('=') != std::string_view::npos) continue;
    all = false;
    if (name.find(text) != std::string::npos) return true;
  }
  return all;
}

// What became of the process: empty when it ended well.
inline std::string describe(int status, const Case& test) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
  if (WIFEXITED(status)) return "exit status " + std::to_string(WEXITSTATUS(status));
  if (WTERMSIG(status) == SIGALRM) return "not done after " + std::to_string(test.limit_s) + " s";
  return std::string("ended by ") + strsignal(WTERMSIG(status));
}

inline bool run_one(const Case& test) {
  int verdict[2];
  if (pipe(verdict) != 0) std::abort();
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    close(verdict[0]);
    verdict_fd = verdict[1];
    alarm(test.limit_s);
    test.body();
    std::exit(0);  // runs what the sanitizers have to say at the end
  }
  close(verdict[1]);
  std::string said;
  char buffer[512];
  for (ssize_t n; (n = read(verdict[0], buffer, sizeof buffer)) > 0;) {
    said.append(buffer, static_cast<std::size_t>(n));
  }
  close(verdict[0]);
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) std::abort();
  const std::string why = said.empty() ? describe(status, test) : said.substr(1);
  if (why.empty()) {
    std::printf("ok %s\n", test.name.c_str());
  } else {
    std::printf("%s %s: %s\n", said[0] == 's' ? "skip" : "not ok", test.name.c_str(), why.c_str());
  }
  std::fflush(stdout);
  return why.empty() || (!said.empty() && said[0] == 's');
}

inline int run(int argc, char** argv, const std::vector<Case>& cases) {
  arguments.assign(argv + 1, argv + argc);
  bool all = true;
  for (const Case& test : cases) {
    if (is_wanted(test.name)) all = run_one(test) && all;
  }
  return all ? 0 : 1;
}

// The same case with 1, 2 and 8 workers.
inline void add(std::vector<Case>& cases, const std::string& name,
                const std::function<void(unsigned)>& body, unsigned limit_s = 120) {
  for (const unsigned workers : {1u, 2u, 8u}) {
    cases.push_back({name + ", workers " + std::to_string(workers),
                     [body, workers] { body(workers); }, limit_s});
  }
}

}  // namespace check
