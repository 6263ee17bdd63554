// A client connection's connection to the upstream, for /relay. In straight lines it is Relay in
// native/core/process.hpp: dial, write, read until the answer is there. Here each of these can only
// begin, and a callback continues:
//
//   state       waits for                      called back by   goes to
//   connecting  the connection                 on_connected     sending, awaiting, closed
//   sending     room for the request           send_request     awaiting, closed
//   awaiting    bytes of the answer            receive          idle, closed
//   idle        ask, or anything that the      (ask) end        sending, awaiting, closed
//               upstream says unasked
//   closed      its destruction                nobody           nothing
//
// There is one object for each descriptor, so that an event of a closed one cannot be taken for one
// of the next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/upstream.hpp"
#include "reactor.hpp"

namespace iomodels {

class UpstreamUser;

class UpstreamConnection final : public EventHandler {
 public:
  enum class Progress : std::uint8_t {
    waiting,   // on_upstream will be called
    answered,  // reply() has it
    refused,   // the answer cannot be forwarded
    lost,      // the connection ended before the answer did
  };

  // Opens a connection, over which the upstream is asked at once; null when that cannot even begin.
  // user is called back, and must outlive the connection.
  static std::unique_ptr<UpstreamConnection> dial(Reactor& reactor, UpstreamUser& user);

  // Asks once more. Only when nothing is waited for; waiting or lost.
  Progress ask();
  // Whether it has answered nothing yet.
  bool is_new() const { return is_new_; }
  // Of the last question; good until the next one, or until this object ends.
  const UpstreamReply& reply() const { return reply_; }
  // Calls nobody back after it. The object must be retired.
  void end();

  void on_events(std::uint32_t events) override;

 private:
  enum class State : std::uint8_t { connecting, sending, awaiting, idle, closed };

  UpstreamConnection(Reactor& reactor, UpstreamUser& user, int fd)
      : reactor_(reactor), user_(user), fd_(fd) {}

  void settle(Progress progress);
  Progress on_connected(std::uint32_t events);
  Progress send_request();
  Progress receive();
  Progress take(std::string_view bytes);
  Progress await(State state);

  Reactor& reactor_;
  UpstreamUser& user_;
  const int fd_;
  State state_ = State::connecting;
  std::uint32_t watched_ = EPOLLOUT;  // what level-triggered epoll reports
  bool is_new_ = true;
  bool peer_closed_ = false;  // end of file or an error follows what can be read
  std::size_t sent_ = 0;      // of the request
  UpstreamReply reply_;
};

// Who has asked.
class UpstreamUser {
 public:
  // The question has been answered, or will not be: never waiting.
  virtual void on_upstream(UpstreamConnection::Progress progress) = 0;

 protected:
  ~UpstreamUser() = default;
};

}  // namespace iomodels
