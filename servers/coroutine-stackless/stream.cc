#include "stream.hpp"

#include <utility>

#include "core/process.hpp"

namespace iomodels {

Stream::~Stream() {
  if (is_listed_) loop_->silent().leave(place_);
  if (loop_ != nullptr) loop_->remove(fd_, *this);
  kind_ == Kind::connection ? sys::close_connection(fd_) : sys::close(fd_);
}

bool Stream::is_turn_over() {
  if (turn_bytes_ < kTurnBytes || loop_ == nullptr) return false;
  if (!is_called_again_) loop_->call_again(*this);
  is_called_again_ = true;
  return true;
}

// May destroy the stream, and the one that waits for it.
void Stream::on_next_turn() {
  is_called_again_ = false;
  turn_bytes_ = 0;
  if (waiting_ == nullptr || !waiting_->try_it()) return;
  std::exchange(waiting_, nullptr)->waiter_.resume();
}

// May destroy the stream, and the one that waits for it.
void Stream::on_events(std::uint32_t events) {
  turn_bytes_ = 0;
  heard();
  if ((events & kClosed) != 0) peer_closed_ = true;
  if ((events & (EPOLLIN | kClosed)) != 0) is_drained_ = false;
  if (waiting_ == nullptr || (events & waiting_->events_) == 0 || !waiting_->try_it()) return;
  std::exchange(waiting_, nullptr)->waiter_.resume();
}

// A coroutine that waits for something else, a time or an upstream, must not be resumed.
void Stream::on_silence() {
  if (waiting_ == nullptr) return;
  is_given_up_ = true;
  std::exchange(waiting_, nullptr)->waiter_.resume();
}

// Once it is registered, the loop's thread may resume the coroutine while this one still returns:
// nothing of it is touched any more.
bool Stream::Join::await_suspend(std::coroutine_handle<> waiter) {
  Stream& stream = stream_;
  Wait::await_suspend(waiter);
  stream.loop_ = &loop_;
  stream.is_listed_ = limits.idle_timeout_ms > 0 && stream.kind_ == Kind::connection;
  const auto add = [&stream] { return stream.loop_->add(stream.fd_, stream); };
  if (stream.is_listed_ ? loop_.silent().join(stream, stream.place_, add) : add()) return true;
  stream.is_listed_ = false;
  stream.loop_ = nullptr;
  stream.waiting_ = nullptr;
  return false;
}

// A short read has emptied the receive buffer (epoll(7)): no need to ask again for EAGAIN.
bool Stream::Read::try_it() {
  if (stream_.is_drained_ || stream_.is_turn_over()) return false;
  result_ = sys::read(stream_.fd_, buffer_, size_);
  stream_.is_drained_ =
      result_.status == Io::again ||
      (result_.status == Io::ok && result_.bytes < size_ && !stream_.peer_closed_);
  stream_.turn_bytes_ += static_cast<std::uint32_t>(result_.bytes);
  return result_.status != Io::again;
}

bool Stream::Write::try_it() {
  while (!left_.empty()) {
    if (stream_.is_turn_over()) return false;
    const IoResult sent = sys::write(stream_.fd_, left_.data(), left_.size());
    if (sent.status != Io::ok) return sent.status != Io::again;
    stream_.turn_bytes_ += static_cast<std::uint32_t>(sent.bytes);
    left_.remove_prefix(sent.bytes);
  }
  return true;
}

bool Stream::Accept::try_it() {
  result_ = sys::accept(stream_.fd_, sys::Blocking::no);
  return result_.status != Io::again;
}

}  // namespace iomodels
