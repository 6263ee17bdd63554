// One connection of the io_uring server. Nothing here waits, and nothing is tried: an operation is
// submitted, and its outcome calls back. What a blocking server keeps in its stack is kept in
// fields, and where it was is a state.
//
//   state      an operation is under way       goes to
//   reading    receive                         writing, a wait, lingering, closing
//   writing    send                            reading, writing, a wait, lingering, closing
//   sleeping   a timer (/sleep)                reading, writing, a wait, lingering, closing
//   relaying   the upstream's (/relay)         reading, writing, a wait, lingering, closing
//   lingering  receive                         closing
//   closing    close, or the end of receive    nothing: it deletes itself
//
// A wait is sleeping or relaying. In http mode receive is one operation for all of a connection's
// life (multishot): it goes on in every state, and so the kernel may receive while the connection
// writes or waits. What comes then is kept (ahead_), and once that is as much as a read buffer,
// receive is cancelled until the connection reads again: back-pressure reaches the peer through
// TCP. The kernel receives up to 32 buffers in one go before it learns of that.
//
// A read is counted when its bytes are taken here, not when the kernel has received them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/answer.hpp"
#include "core/framing.hpp"
#include "core/options.hpp"
#include "reactor.hpp"
#include "upstream_connection.hpp"

namespace iomodels {

class Connection final : private Completer, private UpstreamUser {
 public:
  // It is on the reactor's list of the silent, and has been for too long: what it waits for from
  // its peer ends as if the peer were gone.
  void on_silence();

  // Owns itself from here on, and deletes itself when the connection has ended.
  static void start(Reactor& reactor, int fd, Mode mode);

 private:
  enum class State : std::uint8_t { reading, writing, sleeping, relaying, lingering, closing };
  // How far a step came: to its end, to a point where only an outcome can continue, or to the end
  // of the connection.
  enum class Step : std::uint8_t { done, blocked, ended };
  // What follows the bytes that have been received.
  enum class InputEnd : std::uint8_t { none, eof, error };

  Connection(Reactor& reactor, int fd, Mode mode) : reactor_(reactor), fd_(fd), mode_(mode) {}

  void on_completion(Operation operation, int result, std::uint32_t flags) override;
  void on_received(int result, std::uint32_t flags);
  void on_sent(int result);
  void on_time();
  void on_upstream(UpstreamConnection::Progress progress) override;
  void settle(Step step);
  void end();
  void heard();

  void receive();
  void cancel_receive();
  Step arrived(std::string_view bytes);
  Step ended_by(int result);
  Step take(std::string_view bytes);
  Step take_ahead();
  Step answer_input(std::string_view input);
  Step greet();
  Step resume();
  Step send_next();
  void put_body(const Answer& answer);
  std::string_view pending_output() const;
  void output_written(std::size_t bytes);
  Step flush();
  Step wait();
  Step relay();
  Step relayed(UpstreamConnection::Progress progress);
  Step linger();

  bool is_reading() const { return state_ == State::reading || state_ == State::lingering; }

  Reactor& reactor_;
  const int fd_;
  const Mode mode_;
  State state_ = State::reading;
  InputEnd input_end_ = InputEnd::none;
  bool is_receiving_ = false;
  bool is_cancelling_ = false;  // of receive
  bool ends_after_output_ = false;
  std::uint32_t lingered_bytes_ = 0;
  std::uint32_t body_written_ = 0;  // of body_
  std::size_t output_written_ = 0;  // of output_
  Reactor::Time sleep_{};
  SilentList<Connection>::Place silent_{};  // with --idle-timeout, until it closes
  Answer body_;                 // its body follows output_, when it was too large to go in there
  std::optional<Answer> next_;  // waits for its time or for room in output_
  Framing framing_;
  std::unique_ptr<UpstreamConnection> upstream_;  // of the first /relay on
  std::string output_;                            // answers not yet written
  std::string input_;                             // taken, but behind next_
  std::string ahead_;                             // received, but not taken
};

}  // namespace iomodels
