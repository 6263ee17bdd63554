#include "perf_tracepoint.hpp"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace iomodels::probe {
namespace {

// Reads events/<event>/id below an open folder.
TracepointId read_id(int folder, const std::string& event) {
  const int fd = openat(folder, ("events/" + event + "/id").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {0, errno};
  char text[32] = {};
  const ssize_t length = ::read(fd, text, sizeof text - 1);
  const int error = length < 0 ? errno : 0;
  close(fd);
  if (error != 0) return {0, error};
  const std::uint64_t id = strtoull(text, nullptr, 10);
  return id == 0 ? TracepointId{0, ENODATA} : TracepointId{id, 0};
}

TracepointId read_id_at(const char* path, const std::string& event) {
  const int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return {0, errno};
  const TracepointId id = read_id(folder, event);
  close(folder);
  return id;
}

// A tracefs that is attached nowhere: needs CAP_SYS_ADMIN and Linux 5.2.
TracepointId read_id_detached(const std::string& event) {
  const int context = static_cast<int>(syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC));
  if (context < 0) return {0, errno};
  TracepointId id;
  int mount = -1;
  if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0) {
    mount = static_cast<int>(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0));
  }
  if (mount < 0) {
    id.error = errno;
  } else {
    id = read_id(mount, event);
    close(mount);
  }
  close(context);
  return id;
}

}  // namespace

TracepointId tracepoint_id(const std::string& event) {
  int error = ENOENT;
  for (const char* path : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    const TracepointId id = read_id_at(path, event);
    if (id.error == 0) return id;
    // "Forbidden" says more than "not there", the result of every second attempt.
    if (id.error != ENOENT) error = id.error;
  }
  const TracepointId id = read_id_detached(event);
  return id.error == 0 ? id : TracepointId{0, error};
}

}  // namespace iomodels::probe
