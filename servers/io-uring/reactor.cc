#include "reactor.hpp"

#include "connection.hpp"

namespace iomodels {
namespace {

constexpr unsigned kMessageRing = 40;  // IORING_OP_MSG_RING of Linux 5.18

}  // namespace

void Reactor::open() {
  ring_.open();
  buffers_.open(ring_);
}

void Reactor::tell_after(std::uint32_t ms, Time& time, Completer& to) {
  time = {ms / 1000, (ms % 1000) * 1'000'000};
  io_uring_sqe& sleep = ring_.prepare(IORING_OP_TIMEOUT, -1, Operation::sleep, &to);
  sleep.addr = reinterpret_cast<std::uint64_t>(&time);
  sleep.len = 1;
}

void Reactor::hand_over(int fd, Reactor& to) {
  if (&to == this) return taker_->take(fd);
  auto* const returned = new Returned(*this, fd);
  io_uring_sqe& message =
      ring_.prepare(kMessageRing, to.ring_.number(), Operation::hand_over, returned);
  message.off = Ring::tag(Operation::hand_over, &to);
  message.len = static_cast<unsigned>(fd);  // arrives as the result
}

void Reactor::Returned::on_completion(Operation, int result, std::uint32_t) {
  if (result < 0) reactor_.taker_->take(fd_);
  delete this;
}

void Reactor::on_completion(Operation operation, int result, std::uint32_t) {
  operation == Operation::sleep ? end_silent() : taker_->take(result);
}

void Reactor::end_silent() {
  const std::int64_t now = now_ns();
  while (Connection* const connection = silent_.take_silent(now)) connection->on_silence();
  tell_after(silence_look_ms(), until_look_, *this);
}

void Reactor::run() {
  if (limits.idle_timeout_ms > 0) end_silent();
  for (;;) ring_.wait();
}

}  // namespace iomodels
