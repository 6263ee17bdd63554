// load::Generator as a JavaScript object.
//
// A load's events reach JavaScript through a thread-safe function: `opened` settles the promise of
// open(), `paused` that of pause(), `ended` that of close(). While a promise is pending it keeps
// the event loop alive; traffic alone does not.
//
// Teardown of the environment (process.exit, a worker's end) may come at any point: a cleanup hook
// stops the load threads and joins them before the thread-safe function goes. Nothing runs on
// libuv's pool, which teardown would wait for.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>
#include <string>

#include "../loadgen/generator.hpp"

namespace iomodels::addon {

class LoadObject : public Napi::ObjectWrap<LoadObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit LoadObject(const Napi::CallbackInfo& info);
  ~LoadObject() override;

 private:
  // created -> running (open) -> ended (the load thread has ended)
  enum class State : std::uint8_t { created, running, ended };

  Napi::Value open(const Napi::CallbackInfo& info);
  void start(const Napi::CallbackInfo& info);
  void open_window(const Napi::CallbackInfo& info);
  void close_window(const Napi::CallbackInfo& info);
  Napi::Value snapshot(const Napi::CallbackInfo& info);
  Napi::Value completed_at(const Napi::CallbackInfo& info);
  Napi::Value pause(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  load::GeneratorEvents events();
  void on_opened(Napi::Env env, const std::optional<std::string>& trouble);
  void on_paused(Napi::Env env);
  void on_ended(Napi::Env env);
  bool require_running(Napi::Env env);
  static void on_teardown(void* self);

  std::unique_ptr<load::Generator> generator_;
  State state_ = State::created;
  Napi::ThreadSafeFunction to_javascript_;
  std::optional<Napi::Promise::Deferred> opening_;
  std::optional<Napi::Promise::Deferred> pausing_;
  std::optional<Napi::Promise::Deferred> closing_;
};

}  // namespace iomodels::addon
