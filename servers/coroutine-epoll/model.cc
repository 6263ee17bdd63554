// A coroutine per connection, parked on epoll: listen, accept, go process, as in the article.
#include <cstdio>

#include "core/process.hpp"
#include "core/server.hpp"
#include "gonet/net.hpp"

namespace iomodels {
namespace {

void serve_connection(gonet::Conn conn, Mode mode) {
  mode == Mode::http ? process(conn) : greet(conn);
}

void accept_connections(Server& server) {
  const Listener socket = server.listen(sys::Blocking::no);
  gonet::Listener listener(socket.fd);
  if (!listener.is_open()) Server::fail("cannot watch the listener");
  server.ready(socket);
  for (;;) {
    gonet::Accepted accepted = listener.accept();
    if (accepted.conn) {
      if (!gonet::go(serve_connection, std::move(*accepted.conn), server.mode())) {
        std::fputs("no memory for a coroutine's stack; closing the connection\n", stderr);
      }
    } else if (sys::accept_may_recover(accepted.error)) {
      gonet::sleep_ms(sys::kAcceptRetryMs);
    } else {
      return;
    }
  }
}

void serve(Server& server) {
  if (!gonet::run([&server] { accept_connections(server); })) {
    Server::fail("no memory for the first coroutine's stack");
  }
}

void add_stats(JsonLine& line) {
  const gonet::SchedulerCounters& counters = gonet::Scheduler::current().counters;
  line.add("parks", counters.parks.read());
  line.add("parks_avoided", counters.parks_avoided.read());
  line.add("wakeups_nonblocking", counters.wakeups_nonblocking.read());
  line.add("wakeups_blocking", counters.wakeups_blocking.read());
  line.add("wakeups_timer", counters.wakeups_timer.read());
}

}  // namespace

const Model model = {
    .variant = "coroutine-epoll",
    .stack_bytes = gonet::kStackBytes,
    .workers =
        [](unsigned) { return 1u; },  // one worker, on whichever of the CPUs the kernel chooses
    .serve = serve,
    .add_stats = add_stats,
};

}  // namespace iomodels
