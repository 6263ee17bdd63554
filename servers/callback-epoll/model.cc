// A reactor per CPU. The first one accepts and deals the connections out in turn; callbacks do the
// rest. --trigger says how epoll reports events.
#include <pthread.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "connection.hpp"
#include "core/memory.hpp"
#include "core/server.hpp"
#include "core/sys.hpp"
#include "reactor.hpp"

namespace iomodels {
namespace {

Trigger trigger = Trigger::edge;  // constant once the server runs

class Acceptor final : public EventHandler {
 public:
  Acceptor(std::vector<std::unique_ptr<Reactor>>& reactors, int listener, Mode mode)
      : reactors_(reactors), listener_(listener), mode_(mode) {}

  void on_events(std::uint32_t) override { accept_all(); }

 private:
  void accept_all() {
    AcceptResult accepted = sys::accept(listener_, sys::Blocking::no);
    for (; accepted.status == Io::ok; accepted = sys::accept(listener_, sys::Blocking::no)) {
      sys::set_connection_options(accepted.fd);
      Connection::start(*reactors_[next_++ % reactors_.size()], accepted.fd, mode_);
    }
    if (accepted.status != Io::error) return;
    reactors_[0]->remove(listener_);
    if (sys::accept_may_recover(accepted.error)) add_again_later();
  }

  // Adding the listener again reports the connections that wait.
  void add_again_later() {
    reactors_[0]->call_after(sys::kAcceptRetryMs, [this] {
      if (!reactors_[0]->add(listener_, *this)) add_again_later();
    });
  }

  std::vector<std::unique_ptr<Reactor>>& reactors_;
  const int listener_;
  const Mode mode_;
  std::size_t next_ = 0;
};

void* run_reactor(void* reactor) {
  attach_to_heap();
  static_cast<Reactor*>(reactor)->run();
}

void serve(Server& server) {
  const Listener listener = server.listen(sys::Blocking::no);
  std::vector<std::unique_ptr<Reactor>> reactors;
  for (unsigned i = 0; i < server.workers(); ++i) {
    reactors.push_back(std::make_unique<Reactor>(trigger));
  }
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

bool take_trigger(std::string_view value, std::string&) {
  trigger = value == "level" ? Trigger::level : Trigger::edge;
  return value == "level" || value == "edge";
}

constexpr Flag kFlags[] = {{"trigger", "edge or level", take_trigger}, {nullptr, nullptr, nullptr}};

}  // namespace

const Model model = {
    .variant = "callback-epoll",
    .stack_bytes = 0,
    .workers = [](unsigned cpus) { return cpus; },
    .serve = serve,
    .flags = kFlags,
    .add_ready =
        [](JsonLine& line) { line.add("trigger", trigger == Trigger::edge ? "edge" : "level"); },
    .keeps_idle_timeout = true,
};

}  // namespace iomodels
