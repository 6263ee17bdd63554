// What the kernel says rarely: an error and nothing else on a descriptor, a connection that was
// aborted before it was accepted, a call that a signal cut short.
#include <linux/filter.h>
#include <linux/net_tstamp.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstddef>
#include <string>

#include "gonet/scheduler.hpp"
#include "tools.hpp"

namespace {

using namespace tools;

// Decides what accept4 of the threads that it was set on comes to, by seccomp's notifications: no
// peer can abort a connection at the right moment by itself. The first calls fail with the given
// errors, one after the other; the next one goes through to the kernel.
class AcceptFailures {
 public:
  explicit AcceptFailures(std::vector<int> errors) : errors_(std::move(errors)) {
    sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_accept4, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{static_cast<unsigned short>(std::size(steps)), steps};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    notifications_ = static_cast<int>(
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
    if (notifications_ < 0) check::skip("seccomp does not notify here");
    CHECK(pthread_create(&thread_, nullptr, answer, this) == 0);
  }
  // Once every error has been returned and one call went through.
  void join() {
    pthread_join(thread_, nullptr);
    close(notifications_);
  }

 private:
  static void* answer(void* argument) {
    auto& self = *static_cast<AcceptFailures*>(argument);
    for (const int error : self.errors_) self.answer_next(error);
    self.answer_next(0);
    return nullptr;
  }
  void answer_next(int error) const {
    seccomp_notif call{};
    CHECK(ioctl(notifications_, SECCOMP_IOCTL_NOTIF_RECV, &call) == 0);
    CHECK_EQUAL(call.data.nr, SYS_accept4);
    seccomp_notif_resp response{};
    response.id = call.id;
    response.error = -error;
    if (error == 0) response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    CHECK(ioctl(notifications_, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0);
  }

  const std::vector<int> errors_;
  int notifications_ = -1;
  pthread_t thread_{};
};

void accept_tries_again() {
  in_run(1, [] {
    Listener listener = listen_here();
    Conn client = dial_there(listener);
    AcceptFailures failures({ECONNABORTED, EINTR, ECONNABORTED, EINTR});
    const CounterTotals before = counter_totals();
    Conn server = accept_one(listener);
    failures.join();
    const CounterTotals after = counter_totals();
    CHECK_EQUAL(after.accepts, before.accepts + 1);
    CHECK_EQUAL(after.accepts_again, before.accepts_again);
    CHECK(client.write("x", 1).ok());
    char byte = 0;
    CHECK(server.read(&byte, 1).ok());
    CHECK_EQUAL(byte, 'x');
    (void)listener.close();
  });
}

short events_of(int fd) {
  pollfd asked{fd, POLLIN | POLLOUT | POLLRDHUP, 0};
  CHECK(poll(&asked, 1, 0) >= 0);
  return asked.revents;
}

// Writes until nothing fits any more and the descriptor has nothing to report but an error.
void fill_until_only_an_error_is_left(int fd) {
  static const char chunk[65536] = {};
  const std::int64_t patience = now_ns() + 10'000'000'000;
  do {
    while (::write(fd, chunk, sizeof chunk) > 0) {
    }
    CHECK(errno == EAGAIN);
    if (now_ns() > patience) check::fail("events " + std::to_string(events_of(fd)));
  } while (events_of(fd) != POLLERR);
}

std::uint64_t calls() { return counters().syscalls.read(); }

// The writing end of a full pipe whose reading end is closed reports an error and nothing else:
// reads are refused without a system call, writes learn the error from theirs.
void error_alone_is_for_readers() {
  in_run(1, [] {
    int ends[2];
    CHECK(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0);
    Conn conn = conn_of(ends[1]);
    static const char chunk[65536] = {};
    while (::write(ends[1], chunk, sizeof chunk) > 0) {
    }
    poll_here();
    close(ends[0]);
    CHECK_EQUAL(events_of(ends[1]), POLLERR);
    poll_here();
    char byte;
    std::uint64_t before = calls();
    const Result got = conn.read(&byte, 1);
    CHECK(got.status == Status::error);
    CHECK_EQUAL(calls(), before);
    before = calls();
    const Result sent = conn.write("x", 1);
    CHECK(sent.status == Status::error);
    CHECK_EQUAL(sent.error, EPIPE);
    CHECK_EQUAL(calls(), before + 1);
  });
}

// With room in the pipe the error comes with another event: then it is for the calls to find out.
void error_among_others_is_for_the_calls() {
  in_run(1, [] {
    int ends[2];
    CHECK(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0);
    Conn conn = conn_of(ends[1]);
    close(ends[0]);
    CHECK_EQUAL(events_of(ends[1]), POLLERR | POLLOUT);
    poll_here();
    char byte;
    const std::uint64_t before = calls();
    const Result got = conn.read(&byte, 1);
    CHECK(got.status == Status::error);
    CHECK_EQUAL(got.error, EBADF);
    CHECK_EQUAL(calls(), before + 1);
  });
}

void take_error_queue(int fd) {
  char data[512];
  char control[512];
  for (;;) {
    iovec part{data, sizeof data};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    if (recvmsg(fd, &message, MSG_ERRQUEUE) < 0) return;
  }
}

// A time stamp of what was sent lies in the error queue of a TCP socket whose buffer is full: an
// error alone. The reader that waits is woken and gets the error; the writer waits on. Any other
// event clears the error.
void error_alone_wakes_the_reader_and_passes() {
  in_run(1, [] {
    Listener listener = listen_here();
    Conn conn = dial_there(listener);
    Conn peer = accept_one(listener);
    int own = -1;
    int other = -1;
    (void)conn.with_number([&](int fd) { own = fd; });
    (void)peer.with_number([&](int fd) { other = fd; });
    Result got;
    Result sent;
    char byte = 0;
    Group reading;
    Group writing;
    reading.start([&] { got = conn.read(&byte, 1); });
    until([] { return netpoll::waiters() == 1; });
    const int stamps =
        SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY;
    CHECK(setsockopt(own, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof stamps) == 0);
    // As if the last poll were an hour ahead, so that sysmon does not see the socket half full.
    scheduler::state.last_poll_ns.store(now_ns() + 3'600'000'000'000);
    fill_until_only_an_error_is_left(own);
    reading.join();
    CHECK(got.status == Status::error);
    CHECK_EQUAL(got.error, EINVAL);
    const std::uint64_t before = calls();
    CHECK(conn.read(&byte, 1).status == Status::error);
    CHECK_EQUAL(calls(), before);

    writing.start([&] { sent = conn.write("w", 1); });
    until([] { return netpoll::waiters() == 1; });

    take_error_queue(own);
    CHECK_EQUAL(events_of(own), 0);
    CHECK(::write(other, "r", 1) == 1);
    poll_here();
    CHECK(conn.read(&byte, 1).ok());
    CHECK_EQUAL(byte, 'r');
    CHECK_EQUAL(netpoll::waiters(), 1);
    (void)conn.close();
    writing.join();
    CHECK(sent.status == Status::closed);
    (void)listener.close();
  });
}

}  // namespace

int main(int argc, char** argv) {
  return check::run(
      argc, argv,
      {{"an aborted or interrupted accept is tried again", accept_tries_again},
       {"an error alone is for readers, without a system call", error_alone_is_for_readers},
       {"an error among other events is for the calls", error_among_others_is_for_the_calls},
       {"an error alone wakes the reader, and passes", error_alone_wakes_the_reader_and_passes}});
}
