// The two kinds of coroutines that C++20 leaves to its users to define. Exceptions do not exist
// here.
//
//   Detached   runs at once, until it ends; nobody waits for it
//   Task<T>    runs when it is awaited, and gives its value to the one that awaits it
#pragma once

#include <coroutine>
#include <cstdlib>
#include <utility>

namespace iomodels {

struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::abort(); }
  };
};

template <class T>
class [[nodiscard]] Task {
 public:
  struct promise_type;
  using Handle = std::coroutine_handle<promise_type>;

  // Resumes the coroutine that waits, without a return to the one that resumed this one.
  struct Finish {
    bool await_ready() noexcept { return false; }
    std::coroutine_handle<> await_suspend(Handle done) noexcept { return done.promise().waiting; }
    void await_resume() noexcept {}
  };

  struct promise_type {
    std::coroutine_handle<> waiting;
    T value{};

    Task get_return_object() { return Task(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    Finish final_suspend() noexcept { return {}; }
    void return_value(T result) { value = std::move(result); }
    void unhandled_exception() { std::abort(); }
  };

  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) noexcept {
    handle_.promise().waiting = waiting;
    return handle_;
  }
  T await_resume() { return std::move(handle_.promise().value); }

 private:
  Handle handle_;
};

}  // namespace iomodels
