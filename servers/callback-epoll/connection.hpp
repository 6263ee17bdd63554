// One connection of the callback server. Nothing here waits: what a blocking server keeps in its
// stack and its program counter is kept in fields and in a state, so that the next callback can go
// on where this one had to stop.
//
//   state      waits for                  called back by      goes to
//   reading    request bytes              on_readable         writing, sleeping, lingering
//   writing    room in the send buffer    on_writable         reading, sleeping, writing, lingering
//   sleeping   a timer (/sleep)           on_timer            reading, writing, lingering
//   lingering  the peer's end of file     on_readable         closed
//
// While writing or sleeping the connection does not read: back-pressure reaches the peer through
// TCP.
//
// Edge-triggered, it is watched for input and output all its life. It reads until a read has
// emptied the receive buffer, and remembers what it is told while it does not read.
// Level-triggered, it reads once per event, and is watched for what it waits for:
//
//   reading, lingering   input
//   writing              output, by one EPOLL_CTL_MOD; one more takes it back
//   sleeping             input, as before; nothing once that has come
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/answer.hpp"
#include "core/framing.hpp"
#include "core/options.hpp"
#include "core/sys.hpp"
#include "reactor.hpp"

namespace iomodels {

class Connection final : public EventHandler {
 public:
  // Owns itself from here on, and deletes itself when the connection ends.
  static void start(Reactor& reactor, int fd, Mode mode);

  void on_events(std::uint32_t events) override;

 private:
  enum class State : std::uint8_t { reading, writing, sleeping, lingering };
  // How far a step came: to its end, to a point where only a callback can go on, or to the end of
  // the connection.
  enum class Step : std::uint8_t { done, blocked, ended };

  Connection(Reactor& reactor, int fd, Mode mode) : reactor_(reactor), fd_(fd), mode_(mode) {}

  Step on_readable();
  Step on_writable();
  Step on_timer();
  void settle(Step step);
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
  Step sleep();
  Step linger();
  Step read_to_end();
  bool is_drained_after(std::size_t bytes) const;

  Reactor& reactor_;
  const int fd_;
  const Mode mode_;
  State state_ = State::reading;
  std::uint32_t watched_ = EPOLLIN;  // what level-triggered epoll tells of; 0: removed from it
  bool is_drained_ = true;           // no use to read before the next event
  bool peer_closed_ =
      false;  // end of file or an error follows what can be read, and has no edge of its own
  bool ends_after_output_ = false;
  std::uint32_t lingered_bytes_ = 0;
  std::uint32_t body_written_ = 0;  // of body_
  std::size_t output_written_ = 0;  // of output_
  Answer body_;                 // its body follows output_, when it was too large to go in there
  std::optional<Answer> next_;  // waits for its time or for room in output_
  Framing framing_;
  std::string output_;  // answers not yet written
  std::string input_;   // read, but behind next_
};

}  // namespace iomodels
