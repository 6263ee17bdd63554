// A reactor per CPU. The first one accepts and deals the connections out in turn; callbacks do the
// rest.
#include <pthread.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "connection.hpp"
#include "core/server.hpp"
#include "core/sys.hpp"
#include "reactor.hpp"

namespace iomodels {
namespace {

class Acceptor final : public EventHandler {
 public:
  Acceptor(std::vector<std::unique_ptr<Reactor>>& reactors, int listener, Mode mode)
      : reactors_(reactors), listener_(listener), mode_(mode) {}

  void on_events(std::uint32_t) override { accept_all(); }

 private:
  void accept_all() {
    for (;;) {
      const AcceptResult accepted = sys::accept(listener_, sys::Blocking::no);
      if (accepted.status != Io::ok) {
        if (accepted.status == Io::error && sys::accept_may_recover(accepted.error)) {
          reactors_[0]->call_after(sys::kAcceptRetryMs, [this] { accept_all(); });
        }
        return;
      }
      sys::set_connection_options(accepted.fd);
      Connection::start(*reactors_[next_++ % reactors_.size()], accepted.fd, mode_);
    }
  }

  std::vector<std::unique_ptr<Reactor>>& reactors_;
  const int listener_;
  const Mode mode_;
  std::size_t next_ = 0;
};

void* run_reactor(void* reactor) { static_cast<Reactor*>(reactor)->run(); }

void serve(Server& server) {
  const Listener listener = server.listen(sys::Blocking::no);
  std::vector<std::unique_ptr<Reactor>> reactors;
  for (unsigned i = 0; i < server.workers(); ++i) reactors.push_back(std::make_unique<Reactor>());
  Acceptor acceptor(reactors, listener.fd, server.mode());
  if (!reactors[0]->add(listener.fd, acceptor)) Server::fail("cannot watch the listener");
  for (std::size_t i = 1; i < reactors.size(); ++i) {
    pthread_t thread;
    const int error = pthread_create(&thread, nullptr, run_reactor, reactors[i].get());
    if (error != 0) Server::fail(std::string("cannot start a reactor: ") + std::strerror(error));
  }
  server.ready(listener);
  reactors[0]->run();
}

}  // namespace

const Model model = {
    .variant = "callback-epoll",
    .stack_bytes = 0,
    .workers = [](unsigned cpus) { return cpus; },
    .serve = serve,
    .add_stats = nullptr,
};

}  // namespace iomodels
