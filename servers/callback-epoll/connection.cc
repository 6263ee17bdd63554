#include "connection.hpp"

#include <cerrno>
#include <utility>

#include "core/complain.hpp"
#include "core/inject.hpp"
#include "core/limits.hpp"
#include "core/process.hpp"
#include "core/sys.hpp"

namespace iomodels {

void Connection::start(Reactor& reactor, int fd, Mode mode) {
  auto* const connection = new Connection(reactor, fd, mode);
  if (connection->is_added()) return;
  complain("epoll_ctl, closing the connection", errno);
  sys::close_connection(fd);
  delete connection;
}

bool Connection::is_added() {
  const auto add = [this] { return reactor_.add(fd_, *this); };
  if (limits.idle_timeout_ms == 0) return add();
  return reactor_.silent().join(*this, silent_, add);
}

void Connection::heard() {
  if (limits.idle_timeout_ms > 0 && state_ != State::closed) reactor_.silent().heard(silent_);
}

bool Connection::waits_for_peer() const {
  switch (state_) {
    case State::reading:
    case State::writing:
    case State::lingering: return true;
    case State::sleeping:
    case State::relaying:
    case State::closed: return false;
  }
  __builtin_unreachable();
}

void Connection::on_silence() {
  if (waits_for_peer()) end();
}

// Edge-triggered. Level-triggered, a turn is one read and the answers to it.
bool Connection::is_turn_over() {
  if (turn_bytes_ < kTurnBytes || reactor_.trigger() == Trigger::level) return false;
  if (!is_called_again_) reactor_.call_again(*this);
  is_called_again_ = true;
  return true;
}

void Connection::on_events(std::uint32_t events) {
  if (events == 0) is_called_again_ = false;
  turn_bytes_ = 0;
  heard();
  constexpr std::uint32_t kClosed = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if ((events & kClosed) != 0) peer_closed_ = true;
  if ((events & (EPOLLIN | kClosed)) != 0) is_drained_ = false;
  switch (state_) {
    case State::reading:
    case State::lingering: return settle(on_readable());
    case State::writing: return settle(on_writable());
    case State::sleeping:
    case State::relaying: return stop_watching();
    case State::closed: return;
  }
}

void Connection::settle(Step step) {
  if (step != Step::ended && watch_state()) return;
  end();
}

void Connection::end() {
  state_ = State::closed;
  if (limits.idle_timeout_ms > 0) reactor_.silent().leave(silent_);
  drop_upstream();
  if (is_called_again_) reactor_.forget(*this);
  if (watched_ != 0) reactor_.remove(fd_);
  sys::close_connection(fd_);
  reactor_.retire(std::unique_ptr<EventHandler>(this));
}

// Lets level-triggered epoll report what the state waits for. False when the kernel refuses.
bool Connection::watch_state() {
  if (reactor_.trigger() == Trigger::edge) return true;
  if (state_ == State::sleeping || state_ == State::relaying) return true;
  const std::uint32_t wanted = state_ == State::writing ? EPOLLOUT : EPOLLIN;
  if (watched_ == 0) {
    if (!reactor_.add(fd_, *this)) return false;
    watched_ = EPOLLIN;
  }
  if (wanted != watched_ && !reactor_.watch(fd_, *this, wanted)) return false;
  watched_ = wanted;
  return true;
}

// Edge-triggered, an event is remembered until the wait is over. Level-triggered, it would be
// reported again at once, and a reset is reported whatever is watched for.
void Connection::stop_watching() {
  if (reactor_.trigger() == Trigger::edge) return;
  reactor_.remove(fd_);
  watched_ = 0;
}

// A short read has emptied the receive buffer (epoll(7)): no need to ask again for EAGAIN.
// Level-triggered, the next wait shows whether there is more, without a read that finds nothing.
bool Connection::is_drained_after(std::size_t bytes) const {
  return reactor_.trigger() == Trigger::level || (bytes < kReadBufferBytes && !peer_closed_);
}

Connection::Step Connection::on_readable() {
  return state_ == State::lingering ? read_to_end() : read_and_answer();
}

Connection::Step Connection::on_writable() {
  const Step step = flush();
  return step == Step::done ? resume() : step;
}

Connection::Step Connection::on_timer() {
  turn_bytes_ = 0;
  heard();
  next_->wait_ms = 0;
  return resume();
}

void Connection::on_upstream(UpstreamConnection::Progress progress) {
  turn_bytes_ = 0;
  heard();
  const Step step = relayed(progress);
  settle(step == Step::done ? resume() : step);
}

// Continues after a wait: first with the input that was read before, then the socket.
Connection::Step Connection::resume() {
  state_ = State::reading;
  const Step step = answer_input(std::exchange(input_, {}));
  return step == Step::done ? read_and_answer() : step;
}

Connection::Step Connection::read_and_answer() {
  char buffer[kReadBufferBytes];
  while (!is_drained_ && !is_turn_over()) {
    const IoResult got = sys::read(fd_, buffer, sizeof buffer);
    switch (got.status) {
      case Io::again: is_drained_ = true; return Step::blocked;
      case Io::eof:
      case Io::error: return Step::ended;
      case Io::ok: break;
    }
    turn_bytes_ += static_cast<std::uint32_t>(got.bytes);
    is_drained_ = is_drained_after(got.bytes);
    const Step step =
        mode_ == Mode::greeting ? greet() : answer_input(std::string_view(buffer, got.bytes));
    if (step != Step::done) return step;
  }
  return Step::blocked;
}

Connection::Step Connection::answer_input(std::string_view input) {
  for (;;) {
    const Step step = send_next();
    if (step != Step::done) {
      if (step == Step::blocked) input_.assign(input);
      return step;
    }
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
  ends_after_output_ = true;
  const Step step = flush();
  return step == Step::done ? Step::ended : step;
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
  if (body_.body_bytes > 0 || ends_after_output_) {
    if (const Step step = flush(); step != Step::done) return step;
  }
  return ends_after_output_ ? linger() : Step::done;
}

void Connection::put_body(const Answer& answer) {
  if (answer.body_bytes == 0) return;
  if (answer.body_bytes <= kOutputBufferBytes - output_.size()) {
    output_.append(body_chunk(answer, 0));
  } else {
    body_ = answer;
  }
}

bool Connection::is_output_pending() const {
  return output_written_ < output_.size() || body_written_ < body_.body_bytes;
}

std::string_view Connection::pending_output() const {
  return output_written_ < output_.size() ? std::string_view(output_).substr(output_written_)
                                          : body_chunk(body_, body_written_);
}

void Connection::output_written(std::size_t bytes) {
  if (output_written_ < output_.size()) {
    output_written_ += bytes;
  } else {
    body_written_ += static_cast<std::uint32_t>(bytes);
  }
}

Connection::Step Connection::flush() {
  while (is_output_pending()) {
    if (is_turn_over()) {
      state_ = State::writing;
      return Step::blocked;
    }
    const std::string_view data = pending_output();
    const IoResult sent = sys::write(fd_, data.data(), data.size());
    switch (sent.status) {
      case Io::ok:
        output_written(sent.bytes);
        turn_bytes_ += static_cast<std::uint32_t>(sent.bytes);
        break;
      case Io::again: state_ = State::writing; return Step::blocked;
      case Io::eof:
      case Io::error: return Step::ended;
    }
  }
  output_.clear();
  output_written_ = 0;
  body_ = {};
  body_written_ = 0;
  return Step::done;
}

Connection::Step Connection::wait() {
  if (next_->asks_upstream) return relay();
  state_ = State::sleeping;
  reactor_.call_after(next_->wait_ms, [this] { settle(on_timer()); });
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
  if (progress == Progress::lost && !(upstream_ && upstream_->is_new())) progress = ask_again();
  if (progress == Progress::waiting) return Step::blocked;
  if (progress == Progress::answered) {
    upstream_->reply().forward_to(*next_);
  } else {
    drop_upstream();
  }
  next_->asks_upstream = false;
  state_ = State::reading;
  return Step::done;
}

UpstreamConnection::Progress Connection::ask_again() {
  drop_upstream();
  upstream_ = UpstreamConnection::dial(reactor_, *this);
  return upstream_ ? UpstreamConnection::Progress::waiting : UpstreamConnection::Progress::lost;
}

void Connection::drop_upstream() {
  if (!upstream_) return;
  upstream_->end();
  reactor_.retire(std::move(upstream_));
}

// The last answer is written: end the sending side and read what the peer still sends, so that
// closing does not reset the connection before the peer has read that answer.
Connection::Step Connection::linger() {
  if (mode_ == Mode::greeting) return Step::ended;
  sys::shutdown_write(fd_);
  state_ = State::lingering;
  return read_to_end();
}

Connection::Step Connection::read_to_end() {
  char buffer[kReadBufferBytes];
  while (!is_drained_ && lingered_bytes_ < kMaxLingerBytes) {
    const IoResult got = sys::read(fd_, buffer, sizeof buffer);
    switch (got.status) {
      case Io::again: is_drained_ = true; return Step::blocked;
      case Io::eof:
      case Io::error: return Step::ended;
      case Io::ok: break;
    }
    lingered_bytes_ += static_cast<std::uint32_t>(got.bytes);
    is_drained_ = is_drained_after(got.bytes);
  }
  return is_drained_ ? Step::blocked : Step::ended;
}

}  // namespace iomodels
