// One connection of the callback server. Nothing here waits: what a blocking server keeps in its
// stack and its program counter is kept in fields and in a state, so that the next callback can
// continue where this one had to stop.
//
//   state      waits for                       called back by   goes to
//   reading    request bytes                   on_readable      writing, a wait, lingering
//   writing    room in the send buffer         on_writable      reading, writing, a wait, lingering
//   sleeping   a timer (/sleep)                on_timer         reading, writing, a wait, lingering
//   relaying   the upstream's answer (/relay)  on_upstream      reading, writing, a wait, lingering
//   lingering  the peer's end of file          on_readable      closed
//   closed     its destruction                 nobody           nothing
//
// With --idle-timeout, reading, writing and lingering lead to closed when the peer is silent for so
// long (on_silence).
//
// A wait is sleeping or relaying. Every state leads to closed when an error ends the connection,
// and reading when the peer does. In writing and in a wait it does not read: back-pressure reaches
// the peer through TCP.
//
// Edge-triggered, after 64 KiB read and written in one turn the others have theirs first: without
// that, a peer that sends without end would keep this reactor to itself.
//
// Edge-triggered, it is watched for input and output all its life. It reads until a read has
// emptied the receive buffer, and remembers the events that come while it does not read.
// Level-triggered, it reads once per event, and is watched for what it waits for:
//
//   reading, lingering   input
//   writing              output, by one EPOLL_CTL_MOD; one more takes it back
//   sleeping, relaying   input, as before; nothing once that has come
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/answer.hpp"
#include "core/framing.hpp"
#include "core/options.hpp"
#include "core/sys.hpp"
#include "reactor.hpp"
#include "upstream_connection.hpp"

namespace iomodels {

class Connection final : public EventHandler, private UpstreamUser {
 public:
  // Owns itself from here on, and deletes itself when the connection ends.
  static void start(Reactor& reactor, int fd, Mode mode);

  void on_events(std::uint32_t events) override;
  void on_silence() override;

 private:
  enum class State : std::uint8_t { reading, writing, sleeping, relaying, lingering, closed };
  // How far a step came: to its end, to a point where only a callback can continue, or to the end
  // of the connection.
  enum class Step : std::uint8_t { done, blocked, ended };

  Connection(Reactor& reactor, int fd, Mode mode) : reactor_(reactor), fd_(fd), mode_(mode) {}

  bool is_added();
  void heard();
  bool waits_for_peer() const;

  Step on_readable();
  Step on_writable();
  Step on_timer();
  void on_upstream(UpstreamConnection::Progress progress) override;
  bool is_turn_over();
  void settle(Step step);
  void end();
  bool watch_state();
  void stop_watching();

  Step read_and_answer();
  Step answer_input(std::string_view input);
  Step greet();
  Step resume();
  Step send_next();
  void put_body(const Answer& answer);
  bool is_output_pending() const;
  std::string_view pending_output() const;
  void output_written(std::size_t bytes);
  Step flush();
  Step wait();
  Step relay();
  Step relayed(UpstreamConnection::Progress progress);
  UpstreamConnection::Progress ask_again();
  void drop_upstream();
  Step linger();
  Step read_to_end();
  bool is_drained_after(std::size_t bytes) const;

  Reactor& reactor_;
  const int fd_;
  const Mode mode_;
  State state_ = State::reading;
  std::uint32_t watched_ = EPOLLIN;  // what level-triggered epoll reports; 0: removed from it
  bool is_drained_ = true;           // no use to read before the next event
  // End of file or an error follows what can be read, and has no edge of its own.
  bool peer_closed_ = false;
  bool ends_after_output_ = false;
  bool is_called_again_ = false;  // the reactor will do so
  std::uint32_t turn_bytes_ = 0;  // read and written since its turn began
  std::uint32_t lingered_bytes_ = 0;
  std::uint32_t body_written_ = 0;  // of body_
  std::size_t output_written_ = 0;  // of output_
  Answer body_;                 // its body follows output_, when it was too large to go in there
  std::optional<Answer> next_;  // waits for its time or for room in output_
  Framing framing_;
  SilentList<EventHandler>::Place silent_{};      // with --idle-timeout
  std::unique_ptr<UpstreamConnection> upstream_;  // of the first /relay on
  std::string output_;                            // answers not yet written
  std::string input_;                             // read, but behind next_
};

}  // namespace iomodels
