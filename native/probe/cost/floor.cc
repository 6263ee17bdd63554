// The loopback floor: the server's share of a request when nobody waits for anything. One thread
// has both ends of many connections. It writes a request into each, then, timed, reads it and
// writes the answer at the other end, then reads the answers. No readiness, no framing, no switch:
// any server on this kernel makes these calls, so no server that reads and writes once per request
// is much cheaper.
//
// Not in it: what a client on another CPU adds (cache lines that travel, wake-ups).
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/answer.hpp"
#include "core/sys.hpp"
#include "probe.hpp"

namespace iomodels::probe {
namespace {

struct Connection {
  int client;
  int server;
};

sockaddr_in listen_on(int listener) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (bind(listener, any, size) != 0) fail("bind");
  if (listen(listener, SOMAXCONN) != 0) fail("listen");
  if (getsockname(listener, any, &size) != 0) fail("getsockname");
  return address;
}

Connection connect_to(int listener, const sockaddr_in& address) {
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (client < 0) fail("socket");
  const int on = 1;
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail("connect");
  }
  const int server = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (server < 0) fail("accept4");
  sys::set_connection_options(server);
  return {client, server};
}

// What the load generator sends, and what every server answers.
std::string request_text(const sockaddr_in& address) {
  return "GET / HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(ntohs(address.sin_port)) +
         "\r\n\r\n";
}

std::string answer_text() {
  Answer answer;
  answer.body = Body::greeting;
  answer.body_bytes = static_cast<std::uint32_t>(kGreeting.size());
  char head[kMaxAnswerHeadBytes];
  return std::string(head, write_head(answer, head)).append(kGreeting);
}

void send(int fd, std::string_view text) {
  if (write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) fail("write");
}

void receive(int fd, std::string_view expected) {
  char buffer[1024];
  if (read(fd, buffer, sizeof buffer) != static_cast<ssize_t>(expected.size())) fail("read");
}

}  // namespace

Sample loopback_floor(const Request& request) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) fail("socket");
  const sockaddr_in address = listen_on(listener);
  std::vector<Connection> connections;
  for (unsigned i = 0; i < request.connections; ++i) {
    connections.push_back(connect_to(listener, address));
  }
  const std::string question = request_text(address);
  const std::string answer = answer_text();
  std::int64_t server_ns = 0;
  const auto batch = [&] {
    for (const Connection& c : connections) send(c.client, question);
    const std::int64_t start = read_clock(CLOCK_THREAD_CPUTIME_ID);
    for (const Connection& c : connections) {
      receive(c.server, question);
      send(c.server, answer);
    }
    server_ns += read_clock(CLOCK_THREAD_CPUTIME_ID) - start;
    for (const Connection& c : connections) receive(c.client, answer);
    return connections.size();
  };
  timed(request.ns / 5, batch);
  server_ns = 0;
  Sample sample;
  sample.cost.wall_ns = -read_clock(CLOCK_MONOTONIC);
  const std::int64_t end = request.ns - sample.cost.wall_ns;
  do {
    sample.cost.operations += batch();
  } while (read_clock(CLOCK_MONOTONIC) < end);
  sample.cost.wall_ns += read_clock(CLOCK_MONOTONIC);
  sample.cost.cpu_ns = server_ns;
  return sample;
}

}  // namespace iomodels::probe
