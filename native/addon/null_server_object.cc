#include "null_server_object.hpp"

#include <unistd.h>

#include <memory>

#include "../loadgen/null_server.hpp"
#include "values.hpp"

namespace iomodels::addon {
namespace {

// Shared by the object's functions and the hook that ends the thread before its environment goes.
using Server = std::shared_ptr<load::NullServer>;

void stop_at_teardown(void* raw) {
  const std::unique_ptr<Server> server(static_cast<Server*>(raw));
  (*server)->stop();
}

std::int64_t whole(Napi::Object options, const char* name) {
  const auto value = options.Get(name);
  return value.IsNumber() ? value.As<Napi::Number>().Int64Value() : 0;
}

Napi::Object object_of(Napi::Env env, const Server& server) {
  auto object = Napi::Object::New(env);
  const auto set = [&](const char* name, auto function) {
    object.Set(name, Napi::Function::New(env, function, name));
  };
  object.Set("port", number(env, server->port()));
  set("answered",
      [server](const Napi::CallbackInfo& info) { return number(info.Env(), server->answered()); });
  set("stalls",
      [server](const Napi::CallbackInfo& info) { return number(info.Env(), server->stalls()); });
  set("stop", [server](const Napi::CallbackInfo&) { server->stop(); });
  return object;
}

// startNullServer(cpus: number[], options?): NullServer of harness/load/addon.ts. Throws an Error
// that says why it could not.
Napi::Value start_null_server(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto cpus = cpus_of(env, info[0]);
  if (!cpus) return env.Undefined();
  const auto options = info[1].IsObject() ? info[1].ToObject() : Napi::Object::New(env);
  load::NullServerConfig config;
  config.cpus = *cpus;
  config.greeting = options.Get("greeting").ToBoolean();
  config.delay_us = whole(options, "delayUs");
  config.stall_every_ms = whole(options, "stallEveryMs");
  config.stall_ms = whole(options, "stallMs");
  if (config.stall_ms < 0 || (config.stall_every_ms > 0) != (config.stall_ms > 0) ||
      (config.stall_ms > 0 && config.stall_ms >= config.stall_every_ms)) {
    Napi::RangeError::New(env, "stallMs: expected to be above 0 and below stallEveryMs")
        .ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const Server server = std::make_shared<load::NullServer>(std::move(config));
  if (const auto trouble = server->start()) {
    Napi::Error::New(env, *trouble).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  napi_add_env_cleanup_hook(env, stop_at_teardown, new Server(server));
  return object_of(env, server);
}

// listenOnLoopback(): {fd, port}. A listening socket, for the caller to close.
Napi::Value listen_on_loopback(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int fd = -1;
  unsigned port = 0;
  if (const auto trouble = load::listen_on_loopback(fd, port)) {
    if (fd >= 0) close(fd);
    Napi::Error::New(env, *trouble).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  auto object = Napi::Object::New(env);
  object.Set("fd", number(env, static_cast<std::uint64_t>(fd)));
  object.Set("port", number(env, port));
  return object;
}

}  // namespace

void define_null_server(Napi::Env env, Napi::Object exports) {
  exports.Set("startNullServer", Napi::Function::New(env, start_null_server, "startNullServer"));
  exports.Set("listenOnLoopback", Napi::Function::New(env, listen_on_loopback, "listenOnLoopback"));
}

}  // namespace iomodels::addon
