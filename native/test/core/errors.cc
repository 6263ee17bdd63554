// What goes wrong outside: calls cut short by signals, peers that reset, descriptors that run out.
// Each error is the kernel's own. That accept absorbs ECONNABORTED, which Linux gives to nobody who
// listens over TCP, is in gonet/rare.cc.
#include <pthread.h>
#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <csignal>

#include "core/counters.hpp"
#include "tools.hpp"

namespace {

using namespace tools;

// Sends a signal that interrupts system calls to the thread that made it, again and again: from
// the moment that the thread waits in the kernel, each one cuts its call short.
class Interruptions {
 public:
  Interruptions() {
    struct sigaction action {};
    action.sa_handler = [](int) { taken_.fetch_add(1); };  // without SA_RESTART
    CHECK(sigaction(SIGUSR1, &action, nullptr) == 0);
    CHECK(pthread_create(&thread_, nullptr, interrupt, this) == 0);
  }
  static int taken() { return taken_.load(); }
  // After so many of them the interrupting thread calls what ends the wait, and ends.
  void (*finally)(Interruptions&) = nullptr;
  int fd = -1;
  std::atomic<bool> may_start{false};
  void join() { pthread_join(thread_, nullptr); }

 private:
  static void* interrupt(void* argument) {
    auto& self = *static_cast<Interruptions*>(argument);
    while (!self.may_start.load()) usleep(100);
    for (int sent = 0; sent < 20; ++sent) {
      usleep(2000);  // time to get back into the call; if it were not enough, fewer are cut short
      pthread_kill(self.target_, SIGUSR1);
    }
    self.finally(self);
    return nullptr;
  }

  inline static std::atomic<int> taken_{0};
  const pthread_t target_ = pthread_self();
  pthread_t thread_{};
};

void signals_do_not_end_a_read() {
  const Ends ends = connection(sys::Blocking::yes);
  Interruptions interruptions;
  interruptions.fd = ends.client;
  interruptions.finally = [](Interruptions& self) { CHECK(::write(self.fd, "x", 1) == 1); };
  interruptions.may_start = true;
  const std::uint64_t before = counter_totals().syscalls;
  char byte = 0;
  const IoResult got = sys::read(ends.server, &byte, 1);
  interruptions.join();
  CHECK(got.status == Io::ok);
  CHECK_EQUAL(byte, 'x');
  CHECK(Interruptions::taken() > 0);
  CHECK(counter_totals().syscalls - before > 1);
  CHECK_EQUAL(counter_totals().reads, 1u);
  CHECK_EQUAL(counter_totals().reads_again, 0u);
}

void signals_do_not_end_an_accept() {
  const Listener listener = listen_here(sys::Blocking::yes);
  Interruptions interruptions;
  interruptions.fd = listener.port;
  interruptions.finally = [](Interruptions& self) {
    (void)connect_to(static_cast<unsigned>(self.fd));
  };
  interruptions.may_start = true;
  const AcceptResult accepted = sys::accept(listener.fd, sys::Blocking::yes);
  interruptions.join();
  CHECK(accepted.status == Io::ok);
  CHECK(counter_totals().syscalls > 1);
  CHECK_EQUAL(counter_totals().accepts, 1u);
}

// Linux still hands out the connection; its first read returns the error.
void reset_before_accept_is_reported_by_read() {
  const Listener listener = listen_here();
  reset(connect_to(listener.port));
  const AcceptResult accepted = sys::accept(listener.fd, sys::Blocking::no);
  CHECK(accepted.status == Io::ok);
  char byte;
  const IoResult got = sys::read(accepted.fd, &byte, 1);
  CHECK(got.status == Io::error);
  CHECK_EQUAL(got.error, ECONNRESET);
  sys::close_connection(accepted.fd);
  CHECK_EQUAL(counter_totals().closes, 1u);
}

void accept_without_descriptors_can_be_tried_again() {
  const Listener listener = listen_here();
  const int client = connect_to(listener.port);
  rlimit usual{};
  CHECK(getrlimit(RLIMIT_NOFILE, &usual) == 0);
  const rlimit none_left{static_cast<rlim_t>(client) + 1, usual.rlim_max};
  CHECK(setrlimit(RLIMIT_NOFILE, &none_left) == 0);
  const int other = dup(STDIN_FILENO);
  CHECK(other < 0 && errno == EMFILE);
  const AcceptResult refused = sys::accept(listener.fd, sys::Blocking::no);
  CHECK(refused.status == Io::error);
  CHECK_EQUAL(refused.error, EMFILE);
  CHECK(sys::accept_may_recover(refused.error));
  CHECK_EQUAL(counter_totals().accepts, 0u);
  close(STDIN_FILENO);
  CHECK(sys::accept(listener.fd, sys::Blocking::no).status == Io::ok);
  CHECK(setrlimit(RLIMIT_NOFILE, &usual) == 0);
}

void accept_of_a_listener_that_is_shut_down_cannot() {
  const Listener listener = listen_here();
  CHECK(shutdown(listener.fd, SHUT_RDWR) == 0);
  const AcceptResult refused = sys::accept(listener.fd, sys::Blocking::no);
  CHECK(refused.status == Io::error);
  CHECK(!sys::accept_may_recover(refused.error));
}

}  // namespace

int main(int argc, char** argv) {
  return check::run(
      argc, argv,
      {{"signals do not end a read", signals_do_not_end_a_read},
       {"signals do not end an accept", signals_do_not_end_an_accept},
       {"a reset before accept is reported by read", reset_before_accept_is_reported_by_read},
       {"accept without descriptors can be tried again",
        accept_without_descriptors_can_be_tried_again},
       {"accept of a listener that is shut down cannot",
        accept_of_a_listener_that_is_shut_down_cannot}});
}
