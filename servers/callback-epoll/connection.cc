#include "connection.hpp"

#include <cstdio>
#include <cstring>
#include <utility>

#include "core/counters.hpp"
#include "core/process.hpp"
#include "core/sys.hpp"

namespace iomodels {

void Connection::start(Reactor& reactor, int fd, Mode mode) {
  auto* const connection = new Connection(reactor, fd, mode);
  if (reactor.add(fd, *connection)) return;
  std::fprintf(stderr, "epoll_ctl: %s; closing the connection\n", std::strerror(errno));
  sys::close_connection(fd);
  delete connection;
}

void Connection::on_events(std::uint32_t events) {
  constexpr std::uint32_t kClosed = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if ((events & kClosed) != 0) peer_closed_ = true;
  if ((events & (EPOLLIN | kClosed)) != 0) is_drained_ = false;
  switch (state_) {
    case State::reading:
    case State::lingering: return end_if(on_readable());
    case State::writing: return end_if(on_writable());
    case State::sleeping: return;  // what was told is remembered until the timer fires
  }
}

void Connection::end_if(Step step) {
  if (step != Step::ended) return;
  reactor_.remove(fd_);
  sys::close_connection(fd_);
  delete this;
}

Connection::Step Connection::on_readable() {
  return state_ == State::lingering ? read_to_end() : read_and_answer();
}

Connection::Step Connection::on_writable() {
  const Step step = flush();
  return step == Step::done ? resume() : step;
}

Connection::Step Connection::on_timer() {
  next_->wait_ms = 0;
  return resume();
}

// Goes on where writing or sleeping had interrupted: first the input that was read before, then the
// socket.
Connection::Step Connection::resume() {
  state_ = State::reading;
  const Step step = answer_input(std::exchange(input_, {}));
  return step == Step::done ? read_and_answer() : step;
}

Connection::Step Connection::read_and_answer() {
  char buffer[kReadBufferBytes];
  while (!is_drained_) {
    const IoResult got = sys::read(fd_, buffer, sizeof buffer);
    switch (got.status) {
      case Io::again: is_drained_ = true; return Step::blocked;
      case Io::eof:
      case Io::error: return Step::ended;
      case Io::ok: break;
    }
    // A short read has emptied the receive buffer (epoll(7)): no need to ask again for EAGAIN.
    is_drained_ = got.bytes < sizeof buffer && !peer_closed_;
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
  counters().requests.add();
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
  if (next_->wait_ms > 0 || !fits_output(*next_, head_bytes, output_.size())) {
    if (const Step step = flush(); step != Step::done) return step;
  }
  if (next_->wait_ms > 0) return sleep();
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
    const std::string_view data = pending_output();
    const IoResult sent = sys::write(fd_, data.data(), data.size());
    switch (sent.status) {
      case Io::ok: output_written(sent.bytes); break;
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

Connection::Step Connection::sleep() {
  state_ = State::sleeping;
  reactor_.call_after(next_->wait_ms, [this] { end_if(on_timer()); });
  return Step::blocked;
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
    is_drained_ = got.bytes < sizeof buffer && !peer_closed_;
  }
  return is_drained_ ? Step::blocked : Step::ended;
}

}  // namespace iomodels
