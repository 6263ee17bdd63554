// A descriptor that a coroutine waits for:
//
//   co_await stream.join(loop)            registers it, and resumes there at its first event
//   co_await stream.read(buffer, size)    at least one byte, end of file or an error; never again
//   co_await stream.write(text)           everything; false when the connection is gone
//   co_await stream.accept()              of a listener: a connection or an error; never again
//
// Each tries first and suspends only when the kernel says that it would have to wait. The loop
// tries again at an event, and resumes the coroutine when it has succeeded: a wake-up for nothing
// costs no switch. After 64 KiB in one turn it suspends all the same, and goes on when the others
// have had theirs. The awaited objects live in the frame of the one that waits, so a wait allocates
// nothing. One wait at a time.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/io.hpp"
#include "core/sys.hpp"
#include "loop.hpp"

namespace iomodels {

class Stream final : public EventHandler {
 public:
  // How the descriptor is closed with its object.
  enum class Kind : std::uint8_t { connection, upstream, listener };

  Stream(int fd, Kind kind) : fd_(fd), kind_(kind) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() override;

  int number() const { return fd_; }

  // What somebody waits for.
  class Wait {
   public:
    Wait(Stream& stream, std::uint32_t events) : stream_(stream), events_(events) {}
    virtual ~Wait() = default;
    void await_suspend(std::coroutine_handle<> waiter) {
      waiter_ = waiter;
      stream_.waiting_ = this;
      stream_.heard();
    }

   protected:
    // True when there is nothing to wait for any more.
    virtual bool try_it() = 0;

    Stream& stream_;

   private:
    friend class Stream;
    const std::uint32_t events_;  // after which another try may succeed
    std::coroutine_handle<> waiter_;
  };

  class Join final : public Wait {
   public:
    Join(Stream& stream, Loop& loop) : Wait(stream, ~0u), loop_(loop) {}
    bool await_ready() { return false; }
    bool await_suspend(std::coroutine_handle<> waiter);
    // False with errno when the kernel refuses, and when nothing came before --idle-timeout.
    bool await_resume() const { return stream_.loop_ != nullptr && !stream_.is_given_up_; }

   private:
    bool try_it() override { return true; }
    Loop& loop_;
  };

  class Read final : public Wait {
   public:
    Read(Stream& stream, void* buffer, std::size_t size)
        : Wait(stream, EPOLLIN | kClosed), buffer_(buffer), size_(size) {}
    bool await_ready() { return try_it(); }
    IoResult await_resume() const { return result_; }

   private:
    bool try_it() override;
    void* const buffer_;
    const std::size_t size_;
    IoResult result_{Io::again};
  };

  class Write final : public Wait {
   public:
    Write(Stream& stream, std::string_view text) : Wait(stream, EPOLLOUT | kClosed), left_(text) {}
    bool await_ready() { return try_it(); }
    bool await_resume() const { return left_.empty(); }

   private:
    bool try_it() override;
    std::string_view left_;
  };

  class Accept final : public Wait {
   public:
    explicit Accept(Stream& stream) : Wait(stream, EPOLLIN | kClosed) {}
    bool await_ready() { return try_it(); }
    AcceptResult await_resume() const { return result_; }

   private:
    bool try_it() override;
    AcceptResult result_{Io::again};
  };

  Join join(Loop& loop) { return {*this, loop}; }
  Read read(void* buffer, std::size_t size) { return {*this, buffer, size}; }
  Write write(std::string_view text) { return {*this, text}; }
  Accept accept() { return Accept(*this); }

  void on_events(std::uint32_t events) override;
  // Ends what is waited for, as an error.
  void on_silence() override;
  void on_next_turn() override;

 private:
  void heard() {
    if (is_listed_) loop_->silent().heard(place_);
  }

  bool is_turn_over();

  static constexpr std::uint32_t kClosed = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

  const int fd_;
  const Kind kind_;
  bool is_drained_ = true;  // no use to read before the next event
  // End of file or an error follows what can be read, and has no edge of its own.
  bool peer_closed_ = false;
  bool is_listed_ = false;  // among the loop's silent, at place_
  bool is_given_up_ = false;
  bool is_called_again_ = false;  // the loop will do so
  std::uint32_t turn_bytes_ = 0;  // read and written since its turn began
  Loop* loop_ = nullptr;          // null: not registered
  Wait* waiting_ = nullptr;
  SilentList<EventHandler>::Place place_{};
};

}  // namespace iomodels
