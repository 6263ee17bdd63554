// What an I/O model builds a server from. servers/<variant>/model.cc defines `model`; a missing one
// fails the link.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "json_line.hpp"
#include "listener.hpp"
#include "options.hpp"

namespace iomodels {

class Server;

struct Model {
  const char* variant;
  // Stack of each connection's thread or coroutine, bytes; 0 when connections have none.
  std::size_t stack_bytes;
  // Threads that serve connections when the process has that many CPUs.
  unsigned (*workers)(unsigned cpus);
  // Listens, calls Server::ready, serves. Returns when the listener has been shut down, or never.
  void (*serve)(Server& server);
  // Adds the model's own counters to a stats line; may be null. Called on the control thread.
  void (*add_stats)(JsonLine& line) = nullptr;
  // Flags of the model's own, parsed with the others before serve is called; null: none.
  const Flag* flags = nullptr;
  // Adds keys that describe this server to the ready line; may be null.
  void (*add_ready)(JsonLine& line) = nullptr;
  // Which limits it supports (docs/PROTOCOL.md, section 7); flags of the others are refused.
  bool keeps_max_connections = true;  // by sys::accept
  bool keeps_idle_timeout = false;
};

extern const Model model;

class Server {
 public:
  explicit Server(const Options& options) : options_(options) {}

  const sockaddr_in& address() const { return options_.listen; }
  Mode mode() const { return options_.mode; }
  unsigned cpus() const;
  unsigned workers() const { return model.workers(cpus()); }

  // Opens the listener or ends the process with exit status 1 and the reason.
  Listener listen(sys::Blocking blocking) const;

  // Prints the ready line and starts the control thread, which answers stats, and on SIGTERM or end
  // of stdin shuts the listeners down, ends idle connections, waits for the busy ones and ends the
  // process. Needs at least one listener; the line has the port of the first.
  void ready(std::span<const Listener> listeners);
  void ready(const Listener& listener) { ready(std::span(&listener, 1)); }

  // Ends the process with exit status 1 and one line on stderr.
  [[noreturn]] static void fail(const std::string& why);

 private:
  const Options& options_;
};

}  // namespace iomodels
