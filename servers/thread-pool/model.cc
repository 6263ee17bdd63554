// A bounded pool of blocking workers. Idle connections wait in epoll, all of them in one instance.
// A free worker takes the next one that is ready, serves what one read brings, blocking where it
// has to, and hands it back.
//
// The kernel's list of ready descriptors is the queue, so there is none of our own and no thread
// that only passes work on. EPOLLONESHOT gives a connection to one worker: it is reported again
// only after the worker has armed it again, with all that the worker wrote into it before.
//
//   a connection is   with                 until
//   idle              epoll                bytes, end of file or an error are there
//   served            one worker           it is armed again, or ended
//
// With --idle-timeout one more thread looks for idle ones that have been silent for too long, and
// shuts them down: a worker sees that as any end of file. Reads and writes that block end by
// themselves.
#include <pthread.h>
#include <time.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>

#include "core/server.hpp"
#include "core/silent_list.hpp"
#include "pooled_connection.hpp"

namespace iomodels {
namespace {

constexpr unsigned kWorkersPerCpu = 64;
constexpr unsigned kMaxWorkers = 10'000;
// As in thread-per-connection; a worker needs no more than a connection's thread does.
constexpr std::size_t kStackBytes = 64 * 1024;
constexpr std::uint32_t kOnce = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT;

unsigned chosen_workers = 0;  // by --workers; 0: so many per CPU
int epoll = -1;               // constant, like the next two, once the workers run
int listener = -1;
Mode mode = Mode::http;
// The idle ones. Never destroyed: workers may still run while the process exits.
auto& silent = *new SilentList<PooledConnection>;

// Makes a connection idle, which another worker may take at once.
template <class Arm>
void let_idle(PooledConnection* connection, Arm&& arm) {
  const bool is_armed = limits.idle_timeout_ms == 0
                            ? arm()
                            : silent.join(*connection, connection->place_among_silent, arm);
  if (is_armed) return;
  std::fprintf(stderr, "epoll_ctl: %s; closing a connection\n", std::strerror(errno));
  delete connection;
}

void hand_back(PooledConnection* connection) {
  let_idle(connection, [connection] {
    return sys::epoll_modify(epoll, connection->number(), connection, kOnce);
  });
}

void add(int fd) {
  sys::set_connection_options(fd);
  if (limits.idle_timeout_ms > 0) sys::set_idle_timeout(fd);
  auto* const connection = new PooledConnection(fd, mode);
  let_idle(connection,
           [connection] { return sys::epoll_add(epoll, connection->number(), connection, kOnce); });
}

// The listener is handed out like a connection: one worker accepts while the others serve.
void accept_all() {
  AcceptResult accepted = sys::accept(listener, sys::Blocking::yes);
  for (; accepted.status == Io::ok; accepted = sys::accept(listener, sys::Blocking::yes)) {
    add(accepted.fd);
  }
  if (accepted.status == Io::error) {
    if (!sys::accept_may_recover(accepted.error)) return;  // shut down
    sleep_blocking(sys::kAcceptRetryMs);
  }
  if (!sys::epoll_modify(epoll, listener, nullptr, kOnce))
    Server::fail("cannot watch the listener");
}

[[noreturn]] void work() {
  for (;;) {
    epoll_event event;
    if (sys::epoll_wait(epoll, &event, 1, -1) == 0) continue;
    if (event.data.ptr == nullptr) {
      accept_all();
      continue;
    }
    auto* const connection = static_cast<PooledConnection*>(event.data.ptr);
    if (limits.idle_timeout_ms > 0) silent.leave(connection->place_among_silent);
    connection->serve_once() ? hand_back(connection) : delete connection;
  }
}

void* run_worker(void*) { work(); }

void* end_silent(void*) {
  for (;;) {
    sleep_blocking(silence_look_ms());
    silent.tell_silent([](PooledConnection& idle) { sys::shutdown(idle.number()); });
  }
}

void start(pthread_attr_t& attributes, void* (*run)(void*)) {
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, run, nullptr);
  if (error != 0) Server::fail(std::string("cannot start a thread: ") + std::strerror(error));
}

void serve(Server& server) {
  const Listener opened = server.listen(sys::Blocking::no);
  epoll = sys::epoll_create();
  listener = opened.fd;
  mode = server.mode();
  if (epoll < 0 || !sys::epoll_add(epoll, listener, nullptr, kOnce)) {
    Server::fail(std::string("cannot watch the listener: ") + std::strerror(errno));
  }
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  for (unsigned i = 1; i < server.workers(); ++i) start(attributes, run_worker);
  if (limits.idle_timeout_ms > 0) start(attributes, end_silent);
  server.ready(opened);
  work();
}

bool take_workers(std::string_view text, std::string&) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, chosen_workers);
  return error == std::errc() && stop == end && chosen_workers >= 1 &&
         chosen_workers <= kMaxWorkers;
}

constexpr Flag kFlags[] = {{"workers", "a number from 1 to 10000", take_workers},
                           {nullptr, nullptr, nullptr}};

}  // namespace

const Model model = {
    .variant = "thread-pool",
    .stack_bytes = 0,
    .workers =
        [](unsigned cpus) { return chosen_workers > 0 ? chosen_workers : cpus * kWorkersPerCpu; },
    .serve = serve,
    .flags = kFlags,
    .keeps_idle_timeout = true,
};

}  // namespace iomodels
