// coroutine-epoll, with what can be done better than Go does it: listen, accept, go process.
#include <cstring>

#include "core/complain.hpp"
#include "core/server.hpp"
#include "gonet/tuned/packed_stack.hpp"
#include "gonet/tuned/serving.hpp"
#include "gonet/tuned/tuning.hpp"

namespace iomodels {
namespace {

// What --tune default means: the options that pay, by docs/GO-FIDELITY.md.
constexpr const char* kDefaultTuning =
    "skip-read,lean-accept,fifo,cadence-poll,fine-timers,big-batch,small-descriptors,lean-buffers,"
    "lean-stacks";

// Nobody else has pointers to what process keeps on its stack.
template <class ConnInCoreWords>
void serve_privately(gonet::Conn conn, Mode mode) {
  gonet::keep_stack_private();
  serve_connection<ConnInCoreWords>(std::move(conn), mode);
}

void accept_connections(Server& server) {
  const auto serve =
      gonet::tuning.lean_buffers ? serve_privately<LeanConn> : serve_privately<ParkingConn>;
  gonet::Listening listening = gonet::listen(server.address());
  if (!listening.listener) {
    Server::fail(std::string(listening.call) + ": " + std::strerror(listening.error));
  }
  server.ready({listening.listener->number(), listening.listener->port()});
  for (;;) {
    gonet::Opened accepted = listening.listener->accept();
    if (accepted.conn) {
      if (!gonet::go_named("connection", serve, std::move(*accepted.conn), server.mode())) {
        complain("no memory for a coroutine's stack, closing the connection");
      }
    } else if (sys::accept_may_recover(accepted.error)) {
      gonet::sleep_ms(sys::kAcceptRetryMs);
    } else {
      gonet::block_forever();  // the listener is shut down: the control thread ends the process
    }
  }
}

bool is_chosen = false;  // by --tune

bool take_tuning(std::string_view text, std::string& error) {
  is_chosen = true;
  return gonet::parse_tuning(text == "default" ? kDefaultTuning : text, gonet::tuning, error);
}

void serve(Server& server) {
  std::string error;
  if (!is_chosen && !take_tuning("default", error)) Server::fail(error);
  if (!gonet::run(server.workers(), [&server] { accept_connections(server); })) {
    Server::fail("no memory for the first coroutine's stack");
  }
}

const Flag flags[] = {
    {"tune", "none, all, default or names of options, separated by commas", take_tuning},
    {nullptr, nullptr, nullptr},
};

}  // namespace

const Model model = {
    .variant = "coroutine-epoll-tuned",
    .stack_bytes = gonet::kStackBytes,
    .workers = [](unsigned cpus) { return cpus; },
    .serve = serve,
    .add_stats = gonet::add_stats,
    .flags = flags,
    .add_ready = [](JsonLine& line) { line.add("tuning", gonet::tuning_text(gonet::tuning)); },
    .keeps_idle_timeout = true,
};

}  // namespace iomodels
