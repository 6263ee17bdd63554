// The system calls of a server on gonet, as strace sees them: which, in which order, with which
// arguments.
//
// `trace serve` is the server; the cases run it under strace, talk to it, and read what strace
// wrote.
#include <sys/wait.h>

#include <fstream>
#include <map>

#include "tools.hpp"

namespace {

using namespace tools;

const char* own_path = nullptr;

// Two listeners, one connection that echoes until its end, one pause of 5.5 ms and one of 0.3 ms.
int serve() {
  in_run(1, [] {
    Listener unused = listen_here();
    Listener listener = listen_here();
    const std::string port = std::to_string(listener.port()) + "\n";
    (void)!::write(STDOUT_FILENO, port.data(), port.size());
    Conn conn = accept_one(listener);
    char buffer[1024];
    for (;;) {
      const Result got = conn.read(buffer, sizeof buffer);
      if (!got.ok()) break;
      (void)conn.write(buffer, got.bytes);
    }
    (void)conn.close();
    sleep_ns(5'500'000);
    sleep_ns(300'000);
    (void)listener.close();
    (void)unused.close();
  });
  return 0;
}

using Lines = std::vector<std::string>;

int connect_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = loopback(port);
  CHECK(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

void ask(int fd) {
  char answer[5];
  CHECK(::write(fd, "hello", 5) == 5);
  for (ssize_t n = 0; n < 5;) {
    const ssize_t got = ::read(fd, answer + n, static_cast<std::size_t>(5 - n));
    CHECK(got > 0);
    n += got;
  }
}

std::uint16_t read_port(int fd) {
  std::string text;
  for (char c; ::read(fd, &c, 1) == 1 && c != '\n';) text += c;
  if (text.empty()) check::skip("strace cannot trace here");
  return static_cast<std::uint16_t>(std::stoi(text));
}

// The calls in the order in which they began. One during which another thread made a call is
// written in two halves.
Lines calls_in(const char* path) {
  Lines lines;
  std::map<std::string, std::size_t> unfinished;  // where, by thread
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::string thread = line.substr(0, line.find(' '));
    std::string text = line.substr(line.find_first_not_of(' ', thread.size()));
    const std::size_t cut = text.find(" <unfinished ...>");
    if (text.rfind("<... ", 0) == 0 && unfinished.count(thread) != 0) {
      lines[unfinished[thread]] += text.substr(text.find('>') + 1);
      continue;
    }
    if (cut != std::string::npos) {
      unfinished[thread] = lines.size();
      text.resize(cut);
    }
    lines.push_back(text);
  }
  return lines;
}

// Runs the server under strace, with two requests, the second one long after the first.
Lines traced() {
  char path[] = "/tmp/gonet-trace-XXXXXX";
  close(mkstemp(path));
  int out[2];
  CHECK(pipe(out) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(out[1], STDOUT_FILENO);
    close(out[0]);
    close(out[1]);
    execlp("strace", "strace", "-f", "-qq", "-o", path, "-e",
           "trace=network,read,write,close,fcntl,epoll_create1,eventfd2,epoll_ctl,epoll_pwait,"
           "epoll_wait,openat",
           own_path, "serve", static_cast<char*>(nullptr));
    _exit(127);
  }
  close(out[1]);
  const std::uint16_t port = read_port(out[0]);
  usleep(50'000);  // so that the server waits for its connection; the cases look for that, and fail
                   // without it
  const int fd = connect_to(port);
  usleep(50'000);
  for (int i = 0; i < 2; ++i) {
    ask(fd);
    usleep(50'000);
  }
  close(fd);
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  const Lines lines = calls_in(path);
  unlink(path);
  return lines;
}

const Lines& trace() {
  static const Lines lines = traced();
  return lines;
}

std::size_t count(const std::string& text) {
  std::size_t n = 0;
  for (const std::string& line : trace()) n += line.find(text) != std::string::npos;
  return n;
}

// The first line from `from` on that has all of the texts; fails without one.
std::size_t find(const std::vector<std::string>& texts, std::size_t from = 0) {
  for (std::size_t i = from; i < trace().size(); ++i) {
    bool has_all = true;
    for (const std::string& text : texts) {
      has_all = has_all && trace()[i].find(text) != std::string::npos;
    }
    if (has_all) return i;
  }
  std::string all;
  for (const std::string& text : texts) all += "[" + text + "] ";
  check::fail("no call with " + all);
}

std::string result_of(std::size_t line) {
  const std::string& text = trace()[line];
  const std::string tail = text.substr(text.rfind("= ") + 2);
  return tail.substr(0, tail.find(' '));
}

constexpr const char* kEdge = "events=EPOLLIN|EPOLLOUT|EPOLLRDHUP|EPOLLET";

void one_epoll_and_one_eventfd() {
  CHECK_EQUAL(count("epoll_create1(EPOLL_CLOEXEC)"), 1u);
  CHECK_EQUAL(count("eventfd2(0, EFD_CLOEXEC|EFD_NONBLOCK)"), 1u);
  CHECK_EQUAL(count("EPOLL_CTL_ADD"), 4u);  // the eventfd, two listeners, a connection
  CHECK_EQUAL(count(kEdge), 3u);
  (void)find({"EPOLL_CTL_ADD, ", "{events=EPOLLIN, data={u32=0, u64=0}}"});
  CHECK_EQUAL(count("EPOLL_CTL_MOD"), 0u);
  CHECK_EQUAL(count("EPOLL_CTL_DEL"), 3u);
}

void listener_is_set_up_like_gos() {
  const std::size_t made = find({"socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK"});
  const std::string fd = result_of(made);
  const std::size_t reuse = find({"setsockopt(" + fd + ", SOL_SOCKET, SO_REUSEADDR, [1]"}, made);
  const std::size_t bound = find({"bind(" + fd + ","}, reuse);
  const std::size_t listens = find({"listen(" + fd + ","}, bound);
  const std::size_t added = find({"EPOLL_CTL_ADD, " + fd + ",", kEdge}, listens);
  (void)find({"getsockname(" + fd + ","}, added);
  CHECK_EQUAL(count("SO_REUSEPORT"), 0u);
  CHECK_EQUAL(count("TCP_DEFER_ACCEPT"), 0u);
  CHECK_EQUAL(count("F_SETFL"), 0u);
  std::ifstream limit("/proc/sys/net/core/somaxconn");
  std::string backlog;
  limit >> backlog;
  (void)find({"listen(" + fd + ", " + backlog + ")"}, bound);
}

void accept_comes_first_and_sets_all_options() {
  const std::size_t waits = find({"accept4(", "SOCK_CLOEXEC|SOCK_NONBLOCK", "EAGAIN"});
  const std::size_t blocks = find({"epoll_pwait(", ", 128, -1, NULL"}, waits);
  std::size_t at = blocks;
  do {
    at = find({"accept4(", "SOCK_CLOEXEC|SOCK_NONBLOCK"}, at + 1);
  } while (trace()[at].find("EAGAIN") != std::string::npos);
  const std::string fd = result_of(at);
  const std::string expected[] = {
      "EPOLL_CTL_ADD, " + fd + ",",
      "getsockname(" + fd + ",",
      "setsockopt(" + fd + ", SOL_TCP, TCP_NODELAY, [1], 4)",
      "setsockopt(" + fd + ", SOL_SOCKET, SO_KEEPALIVE, [1], 4)",
      "setsockopt(" + fd + ", SOL_TCP, TCP_KEEPIDLE, [15], 4)",
      "setsockopt(" + fd + ", SOL_TCP, TCP_KEEPINTVL, [15], 4)",
      "setsockopt(" + fd + ", SOL_TCP, TCP_KEEPCNT, [9], 4)",
  };
  // sysmon's polls may come in between: they are another thread's.
  for (const std::string& text : expected) {
    do ++at;
    while (trace()[at].find("epoll_pwait") != std::string::npos);
    if (trace()[at].find(text) == std::string::npos)
      check::fail(trace()[at] + " instead of " + text);
  }
}

void request_is_read_write_read() {
  const std::size_t first = find({"read(", "\"hello\", 1024)", "= 5"});
  const std::size_t written = find({"write(", "\"hello\", 5)", "= 5"}, first);
  const std::size_t again = find({"read(", "1024)", "EAGAIN"}, written);
  const std::size_t polled = find({"epoll_pwait("}, again);
  (void)find({"read(", "\"hello\", 1024)", "= 5"}, polled);
  CHECK_EQUAL(count(", 128, "), count("epoll_pwait("));
}

void close_is_del_and_close() {
  const std::size_t eof = find({"read(", "\"\", 1024)", "= 0"});
  const std::size_t removed = find({"EPOLL_CTL_DEL"}, eof);
  const std::size_t closed = find({"close("}, removed);
  // Nothing comes between the two but what sysmon does of its own accord, on its thread.
  for (std::size_t i = removed + 1; i < closed; ++i) {
    const bool is_sysmon = trace()[i].find("clock_nanosleep(") == 0 ||
                           trace()[i].find("futex(") == 0 || trace()[i].find("epoll_pwait(") == 0;
    if (!is_sysmon) check::fail("between DEL and close: " + trace()[i]);
  }
  CHECK_EQUAL(count("shutdown("), 0u);
}

void poll_timeouts_are_floored() {
  const std::size_t closed = find({"EPOLL_CTL_DEL"});
  // 5.5 ms less what has passed since: 5 or less, but never 6.
  bool has_long = false;
  bool has_short = false;
  for (std::size_t i = closed; i < trace().size(); ++i) {
    CHECK(trace()[i].find(", 128, 6, NULL") == std::string::npos);
    for (const char ms : {'2', '3', '4', '5'}) {
      has_long =
          has_long || trace()[i].find(std::string(", 128, ") + ms + ", NULL") != std::string::npos;
    }
    has_short = has_short || trace()[i].find(", 128, 1, NULL") != std::string::npos;
  }
  CHECK(has_long);
  CHECK(has_short);
}

}  // namespace

int main(int argc, char** argv) {
  own_path = argv[0];
  if (argc == 2 && std::string_view(argv[1]) == "serve") return serve();
  if (std::system("command -v strace >/dev/null") != 0) {
    std::puts("skip system calls: strace is not installed");
    return 0;
  }
  return check::run(
      argc, argv,
      {{"one epoll instance and one eventfd, one ADD and one DEL per descriptor",
        one_epoll_and_one_eventfd},
       {"the listener is set up like Go's", listener_is_set_up_like_gos},
       {"accept comes first, and sets all options", accept_comes_first_and_sets_all_options},
       {"a request is read, write, read", request_is_read_write_read},
       {"close is DEL and close", close_is_del_and_close},
       {"poll timeouts are floored, to at least a millisecond", poll_timeouts_are_floored}});
}
