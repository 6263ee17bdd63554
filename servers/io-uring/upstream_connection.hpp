// A client connection's connection to the upstream, for /relay. In straight lines it is Relay in
// native/core/process.hpp: dial, write, read until the answer is there.
//
//   state       waits for                      goes to
//   connecting  the connection                 sending, closed
//   sending     the request to be taken        awaiting, closed
//   awaiting    bytes of the answer            idle, closed
//   idle        ask, or its end                sending
//   closed      its end                        nothing
//
// Exactly one operation is under way in the first three states, and none in the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/process.hpp"
#include "core/upstream.hpp"
#include "reactor.hpp"

namespace iomodels {

class UpstreamUser;

class UpstreamConnection final : private Completer {
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
  // Only when nothing is waited for.
  ~UpstreamConnection() override;

  // Asks once more. Only when nothing is waited for; waiting or lost.
  Progress ask();
  // Whether it has answered nothing yet.
  bool is_new() const { return is_new_; }
  // Of the last question; good until the next one, or until this object ends.
  const UpstreamReply& reply() const { return reply_; }

 private:
  enum class State : std::uint8_t { connecting, sending, awaiting, idle, closed };

  UpstreamConnection(Reactor& reactor, UpstreamUser& user, int fd)
      : reactor_(reactor), user_(user), fd_(fd) {}

  void on_completion(Operation operation, int result, std::uint32_t flags) override;
  Progress advance(int result);
  Progress send_rest();
  Progress receive();
  Progress take(std::size_t bytes);
  void hang_up();

  Reactor& reactor_;
  UpstreamUser& user_;
  const int fd_;
  State state_ = State::connecting;
  bool is_new_ = true;
  std::size_t sent_ = 0;  // of the request
  UpstreamReply reply_;
  char buffer_[kReadBufferBytes];
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
