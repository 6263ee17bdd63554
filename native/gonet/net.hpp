// Connections and listeners, as Go's net package has them.
//
// A Conn or Listener is a handle: copy it to share it among coroutines, and the last copy closes it
// if nobody has. Only coroutines may call these. Times are those of now_ns(); 0 stands for no
// deadline, a time in the past for now.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include "fd.hpp"

namespace iomodels::gonet {

class Conn {
 public:
  explicit Conn(FdHandle fd) : fd_(std::move(fd)) {}

  // Waits for at least one byte, returns what there is. Of size 0: ok, without a system call.
  Result read(void* buffer, std::size_t size) { return fd_->read(buffer, size); }
  // Writes all of it; bytes says how much when it did not come that far.
  Result write(const void* data, std::size_t size) { return fd_->write(data, size); }
  Result close() { return fd_->close(); }
  // Ends one direction: the peer reads end of file, or this side does.
  Result close_write();
  Result close_read();
  Result set_deadline(std::int64_t when_ns) { return fd_->set_deadline(when_ns, Mode::both); }
  Result set_read_deadline(std::int64_t when_ns) { return fd_->set_deadline(when_ns, Mode::read); }
  Result set_write_deadline(std::int64_t when_ns) {
    return fd_->set_deadline(when_ns, Mode::write);
  }
  // For system calls that have no place here: f(int fd) is called while it cannot be closed.
  template <class F>
  Result with_number(F&& f) {
    return fd_->with_number(static_cast<F&&>(f));
  }
  Fd& fd() { return *fd_; }

 private:
  FdHandle fd_;
};

// conn is there when status is ok.
struct Opened {
  Status status = Status::ok;
  int error = 0;
  std::optional<Conn> conn;
};

class Listener {
 public:
  Listener(FdHandle fd, std::uint16_t port) : fd_(std::move(fd)), port_(port) {}

  // Waits for a connection, makes it known to the netpoller and sets what Go sets. After it has run
  // out of descriptors or memory, the listener still works.
  Opened accept();
  Result close() { return fd_->close(); }
  Result set_deadline(std::int64_t when_ns) { return fd_->set_deadline(when_ns, Mode::both); }

  std::uint16_t port() const { return port_; }  // the real one, also when 0 was asked for
  int number() const { return number_; }        // of the descriptor, while it is open

 private:
  friend class OpenListener;

  FdHandle fd_;
  std::uint16_t port_;
  int number_ = -1;
};

// listener is there when error is 0; else call says which one failed with it.
struct Listening {
  int error = 0;
  const char* call = "";
  std::optional<Listener> listener;
};

// A TCP listener with SO_REUSEADDR and the backlog of somaxconn.
Listening listen(const sockaddr_in& address);

// A TCP connection; status is timeout if it takes until the deadline.
Opened dial(const sockaddr_in& address, std::int64_t deadline_ns = 0);

// What follows is shared by the files of the net package alone.

// What Go does with every new connection, once the netpoller knows it.
void prepare_connection(int fd);
// Makes a bound socket a listener. False with errno on failure.
bool start_to_listen(int fd, int backlog);

}  // namespace iomodels::gonet
