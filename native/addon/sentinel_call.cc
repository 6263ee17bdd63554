#include "sentinel_call.hpp"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "../probe/spin_sentinel.hpp"

namespace iomodels::addon {
namespace {

// Longer would be no sentinel but a load.
constexpr std::uint32_t kDurationMsMax = 60'000;

// One call. The thread writes report and trouble, then wakes JavaScript, which alone deletes it: in
// on_ended, or at teardown of the environment in on_teardown.
struct Spin {
  explicit Spin(Napi::Env env) : deferred(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise::Deferred deferred;
  Napi::ThreadSafeFunction to_javascript;
  pthread_t thread = 0;
  int cpu = 0;
  std::uint32_t duration_ms = 0;
  std::atomic<bool> stop = false;
  probe::SentinelReport report;
  std::optional<std::string> trouble;
};

Napi::Object object_of(Napi::Env env, const probe::SentinelReport& report) {
  const auto elapsed_ns = static_cast<double>(report.elapsed_ns);
  const auto lost_ns = static_cast<double>(report.lost_ns);
  auto object = Napi::Object::New(env);
  object.Set("lostShare", lost_ns / elapsed_ns);
  object.Set("maxGapUs", static_cast<double>(report.max_gap_ns) / 1e3);
  object.Set("gaps", static_cast<double>(report.gaps));
  object.Set("elapsedMs", elapsed_ns / 1e6);
  // Without the lost time, what is left shows the CPU's speed, if anything is left.
  const double own_ms = (elapsed_ns - lost_ns) / 1e6;
  const auto speed = Napi::Number::New(env, static_cast<double>(report.turns) / own_ms);
  object.Set("turnsPerMs", own_ms > 0 ? Napi::Value(speed) : env.Null());
  return object;
}

void on_teardown(void* argument) {
  auto* const spin = static_cast<Spin*>(argument);
  spin->stop = true;
  pthread_join(spin->thread, nullptr);
}

void on_ended(Napi::Env env, Spin* spin) {
  pthread_join(spin->thread, nullptr);
  napi_remove_env_cleanup_hook(env, on_teardown, spin);
  spin->to_javascript.Release();
  if (spin->trouble) {
    spin->deferred.Reject(Napi::Error::New(env, *spin->trouble).Value());
  } else {
    spin->deferred.Resolve(object_of(env, spin->report));
  }
  delete spin;
}

void* run(void* argument) {
  auto* const spin = static_cast<Spin*>(argument);
  spin->trouble = probe::spin_sentinel(spin->cpu, spin->duration_ms, spin->stop, &spin->report);
  spin->to_javascript.NonBlockingCall(
      [spin](Napi::Env env, Napi::Function) { on_ended(env, spin); });
  return nullptr;
}

// Signals of the process belong to Node's threads.
int start_without_signals(Spin* spin) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&spin->thread, nullptr, run, spin);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return error;
}

}  // namespace

Napi::Value spin_sentinel(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const double duration_ms = info[1].ToNumber();
  if (!(duration_ms >= 1 && duration_ms <= kDurationMsMax)) {
    Napi::RangeError::New(env, "ms: expected 1 to 60000").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  auto spin = std::make_unique<Spin>(env);
  const Napi::Promise promise = spin->deferred.Promise();
  spin->cpu = info[0].ToNumber();
  spin->duration_ms = static_cast<std::uint32_t>(duration_ms);
  const auto unused = Napi::Function::New(env, [](const Napi::CallbackInfo&) {});
  spin->to_javascript = Napi::ThreadSafeFunction::New(env, unused, "iomodels.Sentinel", 0, 1);
  if (const int error = start_without_signals(spin.get())) {
    spin->to_javascript.Release();
    spin->deferred.Reject(
        Napi::Error::New(env, std::string("cannot start a thread: ") + strerror(error)).Value());
    return promise;
  }
  // The hook was added after the thread-safe function's own and therefore runs before it.
  napi_add_env_cleanup_hook(env, on_teardown, spin.get());
  // From here on the thread's end owns it.
  (void)spin.release();
  return promise;
}

}  // namespace iomodels::addon
