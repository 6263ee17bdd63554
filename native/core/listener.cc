#include "listener.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace iomodels {
namespace {

std::string describe(const sockaddr_in& address) {
  char text[INET_ADDRSTRLEN] = "";
  inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
  return std::string(text) + ":" + std::to_string(ntohs(address.sin_port));
}

bool fail(const std::string& call, int fd, std::string& error) {
  error = call + ": " + std::strerror(errno);
  if (fd >= 0) close(fd);
  return false;
}

}  // namespace

int max_backlog() {
  int value = SOMAXCONN;
  if (std::FILE* file = std::fopen("/proc/sys/net/core/somaxconn", "re")) {
    if (std::fscanf(file, "%d", &value) != 1 || value <= 0) value = SOMAXCONN;
    std::fclose(file);
  }
  return value;
}

bool open_listener(const sockaddr_in& address, sys::Blocking blocking, Listener& listener,
                   std::string& error) {
  const int type =
      SOCK_STREAM | SOCK_CLOEXEC | (blocking == sys::Blocking::yes ? 0 : SOCK_NONBLOCK);
  const int fd = socket(AF_INET, type, 0);
  if (fd < 0) return fail("socket", fd, error);
  const int on = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
    return fail("setsockopt SO_REUSEADDR", fd, error);
  }
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail("bind to " + describe(address), fd, error);
  }
  if (listen(fd, max_backlog()) != 0) return fail("listen on " + describe(address), fd, error);
  sockaddr_in bound{};
  socklen_t length = sizeof bound;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length) != 0) {
    return fail("getsockname", fd, error);
  }
  listener = {fd, ntohs(bound.sin_port)};
  return true;
}

}  // namespace iomodels
