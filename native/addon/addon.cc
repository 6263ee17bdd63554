// The harness's way into the native code. harness/load/native.ts declares the same interface in
// TypeScript.
#include <napi.h>

#include "../loadgen/affinity.hpp"
#include "../loadgen/clock.hpp"
#include "closed_loop_object.hpp"
#include "values.hpp"

namespace iomodels::addon {
namespace {

// pinProcess(pid: number, cpus: number[]): void. Throws an Error that says why it could not.
void pin_process(const Napi::CallbackInfo& info) {
  const auto cpus = cpus_of(info.Env(), info[1]);
  if (!cpus) return;
  const auto trouble = load::pin_process(info[0].ToNumber().Int32Value(), *cpus);
  if (trouble) Napi::Error::New(info.Env(), *trouble).ThrowAsJavaScriptException();
}

// monotonicNs(): bigint. CLOCK_MONOTONIC.
Napi::Value monotonic_ns(const Napi::CallbackInfo& info) {
  return Napi::BigInt::New(info.Env(), load::monotonic_ns());
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("ClosedLoop", ClosedLoopObject::define(env));
  exports.Set("pinProcess", Napi::Function::New(env, pin_process, "pinProcess"));
  exports.Set("monotonicNs", Napi::Function::New(env, monotonic_ns, "monotonicNs"));
  return exports;
}

NODE_API_MODULE(iomodels, initialize)

}  // namespace
}  // namespace iomodels::addon
