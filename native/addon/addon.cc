// The harness's way into the native code. harness/load/addon.ts declares the same interface in
// TypeScript.
#include <napi.h>

#include "../loadgen/affinity.hpp"
#include "../loadgen/clock.hpp"
#include "../loadgen/schedule.hpp"
#include "load_config.hpp"
#include "load_object.hpp"
#include "null_server_object.hpp"
#include "perf_object.hpp"
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

// processCpuNs(pid: number): bigint | null. CPU time of all threads a process has had, user and
// system; null when there is no such process.
Napi::Value process_cpu_ns(const Napi::CallbackInfo& info) {
  clockid_t clock;
  timespec used;
  const bool known = clock_getcpuclockid(info[0].ToNumber().Int32Value(), &clock) == 0 &&
                     clock_gettime(clock, &used) == 0;
  if (!known) return info.Env().Null();
  return Napi::BigInt::New(info.Env(), std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec);
}

// openSchedule(open): Float64Array. When the requests of an open load are due, ns after its start.
Napi::Value open_schedule(const Napi::CallbackInfo& info) {
  const auto load = open_load_of(info.Env(), info[0].ToObject());
  if (const auto trouble = load::schedule_trouble(load)) {
    Napi::RangeError::New(info.Env(), *trouble).ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  const load::Schedule schedule = load::make_schedule(load);
  auto array = Napi::Float64Array::New(info.Env(), schedule.size());
  for (std::size_t i = 0; i < schedule.size(); ++i) array[i] = static_cast<double>(schedule[i]);
  return Napi::Value(info.Env(), array);
}

// monotonicNs(): bigint. CLOCK_MONOTONIC.
Napi::Value monotonic_ns(const Napi::CallbackInfo& info) {
  return Napi::BigInt::New(info.Env(), load::monotonic_ns());
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("Generator", LoadObject::define(env));
  exports.Set("pinProcess", Napi::Function::New(env, pin_process, "pinProcess"));
  exports.Set("processCpuNs", Napi::Function::New(env, process_cpu_ns, "processCpuNs"));
  exports.Set("openSchedule", Napi::Function::New(env, open_schedule, "openSchedule"));
  exports.Set("monotonicNs", Napi::Function::New(env, monotonic_ns, "monotonicNs"));
  define_null_server(env, exports);
  define_perf(env, exports);
  return exports;
}

NODE_API_MODULE(iomodels, initialize)

}  // namespace
}  // namespace iomodels::addon
