// A reactor per CPU, each with a ring. The first one accepts, all of it one operation, and deals
// the connections out in turn; outcomes do the rest.
#include <pthread.h>

#include <cstdio>
#include <cstring>
#include <latch>
#include <memory>
#include <string>
#include <vector>

#include "connection.hpp"
#include "core/kernel.hpp"
#include "core/server.hpp"
#include "core/sys.hpp"
#include "reactor.hpp"

namespace iomodels {
namespace {

// A reactor with what runs it.
struct Worker final : ConnectionTaker {
  Worker(Mode chosen, std::latch& latch) : mode(chosen), are_open(latch) {
    reactor.set_taker(*this);
  }
  void take(int fd) override { Connection::start(reactor, fd, mode); }

  Reactor reactor;
  const Mode mode;
  std::latch& are_open;
};

// Never destroyed: they may still run while the process exits.
auto& workers = *new std::vector<std::unique_ptr<Worker>>;  // constant once the control thread runs

class Acceptor final : private Completer {
 public:
  explicit Acceptor(int listener) : listener_(listener) { accept_all(); }

 private:
  void accept_all() {
    io_uring_sqe& accept =
        reactor().ring().prepare(IORING_OP_ACCEPT, listener_, Operation::accept, this);
    accept.ioprio = IORING_ACCEPT_MULTISHOT;
    // It blocks: of a descriptor that does not, an operation would fail instead of waiting.
    accept.accept_flags = SOCK_CLOEXEC;
  }

  void on_completion(Operation operation, int result, std::uint32_t flags) override {
    if (operation == Operation::sleep) return accept_all();
    if (result >= 0) {
      counters().accepts.add();
      take(result);
    }
    if ((flags & IORING_CQE_F_MORE) != 0) return;
    if (result < 0 && sys::accept_may_recover(-result)) {
      reactor().tell_after(sys::kAcceptRetryMs, retry_, *this);
    } else if (result >= 0 || result == -EINTR || result == -ECONNABORTED) {
      accept_all();
    }  // else the listener is shut down
  }

  void take(int fd) {
    if (admit_connection()) {
      return reactor().hand_over(fd, workers[next_++ % workers.size()]->reactor);
    }
    sys::close(fd);
    counters().closes.add();
  }

  static Reactor& reactor() { return workers[0]->reactor; }

  const int listener_;
  std::size_t next_ = 0;
  Reactor::Time retry_{};
};

void* run_worker(void* argument) {
  auto& worker = *static_cast<Worker*>(argument);
  worker.reactor.open();
  worker.are_open.count_down();
  worker.reactor.run();
}

void serve(Server& server) {
  workers.resize(server.workers());
  std::latch are_open(static_cast<std::ptrdiff_t>(workers.size()));
  for (auto& worker : workers) worker = std::make_unique<Worker>(server.mode(), are_open);
  Reactor& first = workers[0]->reactor;
  first.open();
  const Listener listener = server.listen(sys::Blocking::yes);
  for (std::size_t i = 1; i < workers.size(); ++i) {
    pthread_t thread;
    const int error = pthread_create(&thread, nullptr, run_worker, workers[i].get());
    if (error != 0) Server::fail(std::string("cannot start a reactor: ") + std::strerror(error));
  }
  are_open.arrive_and_wait();  // for their rings, which are to get connections
  Acceptor acceptor(listener.fd);
  server.ready(listener);
  first.run();
}

void add_stats(JsonLine& line) {
  std::uint64_t enters = 0;
  std::uint64_t submissions = 0;
  std::uint64_t completions = 0;
  for (const auto& worker : workers) {
    const RingCounters& count = worker->reactor.ring().counters();
    enters += count.enters.read();
    submissions += count.submissions.read();
    completions += count.completions.read();
  }
  line.add("ring_enters", enters);
  line.add("ring_submissions", submissions);
  line.add("ring_completions", completions);
}

}  // namespace

const Model model = {
    .variant = "io-uring",
    .stack_bytes = 0,
    .workers = [](unsigned cpus) { return cpus; },
    .serve = serve,
    .add_stats = add_stats,
    .keeps_idle_timeout = true,
};

}  // namespace iomodels
