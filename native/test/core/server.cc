// What the core does for every server: several listeners, of which a stop ends all, a model's own
// keys in the ready line, and life after a peer's reset.
#include <cerrno>
#include <csignal>

#include "core/control.hpp"
#include "core/server.hpp"
#include "tools.hpp"

namespace {

using namespace tools;

// Listens at two ports and says which. Accepts one connection and never closes it.
void serve_two(Server& server) {
  const Listener listeners[] = {server.listen(sys::Blocking::yes),
                                server.listen(sys::Blocking::yes)};
  JsonLine line("ports");
  line.add("second", listeners[1].port);
  (void)line.print();
  server.ready(listeners);
  (void)sys::accept(listeners[1].fd, sys::Blocking::yes);
}

}  // namespace

namespace iomodels {

const Model model = {
    .variant = "two-listeners",
    .stack_bytes = 0,
    .workers = [](unsigned) { return 1u; },
    .serve = serve_two,
    .add_ready = [](JsonLine& line) { line.add("listeners", 2); },
};

}  // namespace iomodels

namespace {

struct Running {
  pid_t pid;
  int out;
  unsigned first = 0;
  unsigned second = 0;
};

[[noreturn]] void be_the_server(int out) {
  dup2(out, STDOUT_FILENO);
  Options options;
  options.listen = loopback(0);
  prepare_control();
  Server server(options);
  model.serve(server);
  for (;;) pause();
}

std::string read_line(int fd) {
  std::string line;
  for (char c; ::read(fd, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

Running start() {
  int out[2];
  CHECK(pipe(out) == 0);
  Running running{fork(), out[0]};
  if (running.pid == 0) be_the_server(out[1]);
  close(out[1]);
  const std::string ports = read_line(running.out);
  CHECK(std::sscanf(ports.c_str(), "{\"event\":\"ports\",\"second\":%u}", &running.second) == 1);
  const std::string ready = read_line(running.out);
  CHECK(std::sscanf(ready.c_str(), "{\"event\":\"ready\",\"port\":%u,", &running.first) == 1);
  CHECK(ready.find(",\"listeners\":2}") != std::string::npos);
  return running;
}

int connect_error(unsigned port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const int result = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = result == 0 ? 0 : errno;
  if (error != 0) close(fd);
  return error;
}

// Until the listener is shut down; the case's limit ends a wait in vain.
void await_refusal(unsigned port) {
  while (connect_error(port) != ECONNREFUSED) usleep(1000);
}

void a_stop_ends_all() {
  int in[2];
  CHECK(pipe(in) == 0);
  dup2(in[0], STDIN_FILENO);  // the server's too; it stays open, so that only the signal stops it
  const Running running = start();
  CHECK(running.first != running.second);
  CHECK_EQUAL(connect_error(running.second), 0);
  do {
    CHECK(::write(in[1], "stats\n", 6) == 6);
  } while (read_line(running.out).find("\"connections_open\":1") == std::string::npos);
  CHECK(kill(running.pid, SIGTERM) == 0);
  await_refusal(running.first);
  await_refusal(running.second);
  // The connection that is not closed keeps the process for another 2 s: it was not its end that
  // closed the ports.
  CHECK_EQUAL(waitpid(running.pid, nullptr, WNOHANG), 0);
  CHECK(read_line(running.out).find("\"final\":true") != std::string::npos);
  int status = 0;
  CHECK(waitpid(running.pid, &status, 0) == running.pid);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

// The second write after a reset is the one that would end the process.
IoResult write_after_reset() {
  const Ends ends = connection();
  reset(ends.client);
  CHECK(sys::write(ends.server, "x", 1).status == Io::error);
  return sys::write(ends.server, "x", 1);
}

void reset_is_an_error_of_write() {
  prepare_control();
  const IoResult sent = write_after_reset();
  CHECK(sent.status == Io::error);
  CHECK_EQUAL(sent.error, EPIPE);
}

// Shows that the case above has something to survive.
void reset_ends_those_who_do_not_prepare() {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGPIPE, SIG_DFL);
    (void)write_after_reset();
    _exit(0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
}

}  // namespace

int main(int argc, char** argv) {
  return check::run(
      argc, argv,
      {{"a stop ends all listeners", a_stop_ends_all},
       {"a reset is an error of write", reset_is_an_error_of_write},
       {"without preparation it ends the process", reset_ends_those_who_do_not_prepare}});
}
