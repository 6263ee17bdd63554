// A coroutine per connection, parked on epoll: listen, accept, go process, as in the article.
#include <cstring>

#include "core/complain.hpp"
#include "core/server.hpp"
#include "gonet/serving.hpp"

namespace iomodels {
namespace {

void accept_connections(Server& server) {
  gonet::Listening listening = gonet::listen(server.address());
  if (!listening.listener) {
    Server::fail(std::string(listening.call) + ": " + std::strerror(listening.error));
  }
  server.ready({listening.listener->number(), listening.listener->port()});
  for (;;) {
    gonet::Opened accepted = listening.listener->accept();
    if (accepted.conn) {
      if (!gonet::go_named("connection", serve_connection<ParkingConn>, std::move(*accepted.conn),
                           server.mode())) {
        complain("no memory for a coroutine's stack, closing the connection");
      }
    } else if (sys::accept_may_recover(accepted.error)) {
      gonet::sleep_ms(sys::kAcceptRetryMs);
    } else {
      gonet::block_forever();  // the listener is shut down: the control thread ends the process
    }
  }
}

void serve(Server& server) {
  if (!gonet::run(server.workers(), [&server] { accept_connections(server); })) {
    Server::fail("no memory for the first coroutine's stack");
  }
}

}  // namespace

const Model model = {
    .variant = "coroutine-epoll",
    .stack_bytes = gonet::kStackBytes,
    .workers = [](unsigned cpus) { return cpus; },
    .serve = serve,
    .add_stats = gonet::add_stats,
    .keeps_idle_timeout = true,
};

}  // namespace iomodels
