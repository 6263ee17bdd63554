#include "connection.hpp"

#include <cerrno>
#include <utility>

#include "core/held.hpp"
#include "core/inject.hpp"
#include "core/limits.hpp"
#include "core/process.hpp"
#include "core/sys.hpp"

namespace iomodels {
namespace {

// A receive that ended for a reason outside the connection.
bool can_go_on(int result) {
  return result == -ENOBUFS || result == -ECANCELED || result == -EINTR || result == -EAGAIN;
}

}  // namespace

void Connection::start(Reactor& reactor, int fd, Mode mode) {
  sys::set_connection_options(fd);
  auto* const connection = new Connection(reactor, fd, mode);
  const auto receive = [connection] {
    connection->receive();
    return true;
  };
  limits.idle_timeout_ms == 0 ? receive()
                              : reactor.silent().join(*connection, connection->silent_, receive);
}

void Connection::heard() {
  if (limits.idle_timeout_ms > 0 && state_ != State::closing) reactor_.silent().heard(silent_);
}

void Connection::on_silence() {
  if (is_reading() || state_ == State::writing) sys::shutdown(fd_);
}

void Connection::on_completion(Operation operation, int result, std::uint32_t flags) {
  heard();
  switch (operation) {
    case Operation::receive: return on_received(result, flags);
    case Operation::send: return on_sent(result);
    case Operation::sleep: return on_time();
    case Operation::close:
      counters().closes.add();
      leave_connection();
      held::release(fd_, this);
      delete this;
      return;
    case Operation::accept:
    case Operation::connect:
    case Operation::hand_over: break;
  }
  __builtin_unreachable();
}

void Connection::settle(Step step) {
  if (step == Step::ended) end();
}

// The descriptor of an operation under way stays open whatever close does: receive goes first.
void Connection::end() {
  if (limits.idle_timeout_ms > 0 && state_ != State::closing) reactor_.silent().leave(silent_);
  state_ = State::closing;
  upstream_.reset();
  if (is_receiving_) return cancel_receive();
  reactor_.ring().prepare(IORING_OP_CLOSE, fd_, Operation::close, this);
}

// Greeting mode reads once; anything more would be one read too many.
void Connection::receive() {
  io_uring_sqe& receive = reactor_.ring().prepare(IORING_OP_RECV, fd_, Operation::receive, this);
  receive.flags = IOSQE_BUFFER_SELECT;
  if (mode_ == Mode::http) {
    receive.ioprio = IORING_RECV_MULTISHOT;
  } else {
    receive.len = kReadBufferBytes;
  }
  is_receiving_ = true;
}

void Connection::cancel_receive() {
  if (std::exchange(is_cancelling_, true)) return;
  io_uring_sqe& cancel =
      reactor_.ring().prepare(IORING_OP_ASYNC_CANCEL, -1, Operation::receive, nullptr);
  cancel.addr = Ring::tag(Operation::receive, this);
}

void Connection::on_received(int result, std::uint32_t flags) {
  if ((flags & IORING_CQE_F_MORE) == 0) is_receiving_ = is_cancelling_ = false;
  ReceiveBuffers& buffers = reactor_.buffers();
  if (state_ == State::closing) {
    if (!is_receiving_) end();
  } else {
    settle(result > 0 ? arrived(buffers.received(result, flags)) : ended_by(result));
  }
  buffers.give_back(flags);
}

Connection::Step Connection::arrived(std::string_view bytes) {
  if (is_reading() && ahead_.empty()) {
    const Step step = take(bytes);
    return step == Step::done ? take_ahead() : step;
  }
  ahead_.append(bytes);
  if (is_receiving_ && ahead_.size() >= kReadBufferBytes) cancel_receive();
  return Step::blocked;
}

Connection::Step Connection::ended_by(int result) {
  if (!can_go_on(result)) input_end_ = result == 0 ? InputEnd::eof : InputEnd::error;
  return is_reading() ? take_ahead() : Step::blocked;
}

// What came while the connection did not read, and after that what comes.
Connection::Step Connection::take_ahead() {
  while (!ahead_.empty()) {
    const std::string piece = ahead_.substr(0, kReadBufferBytes);
    ahead_.erase(0, piece.size());
    if (const Step step = take(piece); step != Step::done) return step;
  }
  if (input_end_ == InputEnd::eof) counters().reads.add();
  if (input_end_ != InputEnd::none) return Step::ended;
  if (!is_receiving_) receive();
  return Step::blocked;
}

// One read.
Connection::Step Connection::take(std::string_view bytes) {
  Counters& count = counters();
  count.reads.add();
  count.bytes_read.add(bytes.size());
  if (mode_ == Mode::greeting) return greet();
  if (state_ != State::lingering) return answer_input(bytes);
  lingered_bytes_ += static_cast<std::uint32_t>(bytes.size());
  return lingered_bytes_ < kMaxLingerBytes ? Step::done : Step::ended;
}

void Connection::on_sent(int result) {
  if (result < 0) return result == -EINTR || result == -EAGAIN ? settle(flush()) : end();
  Counters& count = counters();
  count.writes.add();
  count.bytes_written.add(static_cast<std::uint64_t>(result));
  output_written(static_cast<std::size_t>(result));
  const Step step = flush();
  settle(step == Step::done ? resume() : step);
}

void Connection::on_time() {
  next_->wait_ms = 0;
  settle(resume());
}

void Connection::on_upstream(UpstreamConnection::Progress progress) {
  heard();
  const Step step = relayed(progress);
  settle(step == Step::done ? resume() : step);
}

// Continues after a wait: first with the input that was taken before.
Connection::Step Connection::resume() {
  if (mode_ == Mode::greeting) return Step::ended;
  state_ = State::reading;
  const Step step = answer_input(std::exchange(input_, {}));
  return step == Step::done ? take_ahead() : step;
}

Connection::Step Connection::answer_input(std::string_view input) {
  for (;;) {
    const Step step = send_next();
    if (step == Step::blocked) input_.assign(input);
    // Once it lingers, input behind the last request does not count.
    if (step != Step::done || state_ == State::lingering) return step;
    switch (framing_.next(input)) {
      case Framing::Event::need_more: return flush();
      case Framing::Event::request: next_ = answer(framing_.request()); break;
      case Framing::Event::rejected: next_ = answer_rejected(framing_.status()); break;
    }
  }
}

Connection::Step Connection::greet() {
  count_request();
  output_ = kGreeting;
  return flush();
}

// Moves next_ to the output when its time has come and there is room.
Connection::Step Connection::send_next() {
  if (!next_) return ends_after_output_ ? linger() : Step::done;
  char head[kMaxAnswerHeadBytes];
  const std::size_t head_bytes = write_head(*next_, head);
  if (next_->waits() || !fits_output(*next_, head_bytes, output_.size())) {
    if (const Step step = flush(); step != Step::done) return step;
  }
  if (next_->waits()) {
    if (const Step step = wait(); step != Step::done) return step;
    return send_next();
  }
  output_.append(head, head_bytes);
  put_body(*next_);
  ends_after_output_ = next_->close;
  next_.reset();
  if (body_.body_bytes > 0 || ends_after_output_) return flush();
  return Step::done;
}

void Connection::put_body(const Answer& answer) {
  if (answer.body_bytes == 0) return;
  if (answer.body_bytes <= kOutputBufferBytes - output_.size()) {
    output_.append(body_chunk(answer, 0));
  } else {
    body_ = answer;
  }
}

std::string_view Connection::pending_output() const {
  if (output_written_ < output_.size()) return std::string_view(output_).substr(output_written_);
  return body_written_ < body_.body_bytes ? body_chunk(body_, body_written_) : std::string_view();
}

void Connection::output_written(std::size_t bytes) {
  if (output_written_ < output_.size()) {
    output_written_ += bytes;
  } else {
    body_written_ += static_cast<std::uint32_t>(bytes);
  }
}

// Blocked while there is anything to write.
Connection::Step Connection::flush() {
  const std::string_view data = pending_output();
  if (data.empty()) {
    output_.clear();
    output_written_ = 0;
    body_ = {};
    body_written_ = 0;
    return Step::done;
  }
  state_ = State::writing;
  io_uring_sqe& send = reactor_.ring().prepare(IORING_OP_SEND, fd_, Operation::send, this);
  send.addr = reinterpret_cast<std::uint64_t>(data.data());
  send.len = static_cast<unsigned>(data.size());
  return Step::blocked;
}

Connection::Step Connection::wait() {
  if (next_->asks_upstream) return relay();
  state_ = State::sleeping;
  reactor_.tell_after(next_->wait_ms, sleep_, *this);
  return Step::blocked;
}

Connection::Step Connection::relay() {
  state_ = State::relaying;
  return relayed(upstream_ ? upstream_->ask() : UpstreamConnection::Progress::lost);
}

// The upstream may have closed a kept connection meanwhile: then it is asked once more, over a new
// one.
Connection::Step Connection::relayed(UpstreamConnection::Progress progress) {
  using Progress = UpstreamConnection::Progress;
  if (progress == Progress::lost && !(upstream_ && upstream_->is_new())) {
    upstream_ = UpstreamConnection::dial(reactor_, *this);
    progress = upstream_ ? Progress::waiting : Progress::lost;
  }
  if (progress == Progress::waiting) return Step::blocked;
  if (progress == Progress::answered) {
    upstream_->reply().forward_to(*next_);
  } else {
    upstream_.reset();
  }
  next_->asks_upstream = false;
  state_ = State::reading;
  return Step::done;
}

// The last answer is written: end the sending side and read what the peer still sends, so that
// closing does not reset the connection before the peer has read that answer.
Connection::Step Connection::linger() {
  sys::shutdown_write(fd_);
  state_ = State::lingering;
  return Step::done;
}

}  // namespace iomodels
