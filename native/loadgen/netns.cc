#include "netns.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace iomodels::load {
namespace {

std::string refusal(const std::string& path, const char* call, int error) {
  const std::string text =
      "cannot enter the network namespace " + path + ": " + call + ": " + std::strerror(error);
  switch (error) {
    case EPERM: return text + ". It takes root or CAP_SYS_ADMIN";
    case EINVAL: return text + ". The file is no network namespace";
    default: return text;
  }
}

}  // namespace

std::optional<std::string> enter_netns(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return refusal(path, "open", errno);
  const int error = setns(fd, CLONE_NEWNET) == 0 ? 0 : errno;
  close(fd);
  if (error != 0) return refusal(path, "setns", error);
  return std::nullopt;
}

}  // namespace iomodels::load
