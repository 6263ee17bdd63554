#include "load_object.hpp"

#include "../loadgen/clock.hpp"
#include "load_config.hpp"
#include "values.hpp"

namespace iomodels::addon {
namespace {

// [value, count, value, count, …], values in nanoseconds.
Napi::Float64Array buckets_of(Napi::Env env, const load::Histogram& histogram) {
  const auto buckets = histogram.buckets();
  auto array = Napi::Float64Array::New(env, buckets.size() * 2);
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    array[2 * i] = static_cast<double>(buckets[i].value_ns);
    array[2 * i + 1] = static_cast<double>(buckets[i].count);
  }
  return array;
}

// HdrHistogram_c's own percentiles, so that a test can hold them against those of the JavaScript
// side.
Napi::Object percentiles_of(Napi::Env env, const load::Histogram& histogram) {
  auto object = Napi::Object::New(env);
  const auto set = [&](const char* name, double percentile) {
    object.Set(name, static_cast<double>(histogram.at_percentile(percentile)));
  };
  set("p50", 50);
  set("p90", 90);
  set("p99", 99);
  set("p999", 99.9);
  return object;
}

// {buckets, percentiles}
Napi::Object histogram_object(Napi::Env env, const load::Histogram& histogram) {
  auto object = Napi::Object::New(env);
  object.Set("buckets", buckets_of(env, histogram));
  object.Set("percentiles", percentiles_of(env, histogram));
  return object;
}

Napi::Object open_object(Napi::Env env, const load::OpenWindow& open) {
  auto object = Napi::Object::New(env);
  object.Set("offered", number(env, open.offered));
  object.Set("starved", number(env, open.starved));
  object.Set("waiting", number(env, open.waiting));
  object.Set("exhausted", open.exhausted);
  object.Set("loopNs", static_cast<double>(open.loop_ns));
  object.Set("busyNs", static_cast<double>(open.busy_ns));
  object.Set("response", histogram_object(env, open.response_ns));
  object.Set("lateness", histogram_object(env, open.lateness_ns));
  object.Set("censored", histogram_object(env, open.censored_ns));
  return object;
}

Napi::Object errors_object(Napi::Env env, const load::Window& window) {
  auto errors = Napi::Object::New(env);
  for (const load::Failure failure : load::kFailures) {
    const std::uint64_t count = window.errors[static_cast<std::size_t>(failure)];
    if (count > 0) errors.Set(load::name_of(failure), number(env, count));
  }
  return errors;
}

Napi::Object window_object(Napi::Env env, const load::Window& window) {
  auto object = Napi::Object::New(env);
  object.Set("startNs", Napi::BigInt::New(env, window.start_ns));
  object.Set("endNs", Napi::BigInt::New(env, window.end_ns));
  object.Set("completed", number(env, window.completed));
  object.Set("sent", number(env, window.sent));
  object.Set("ok", number(env, window.ok));
  object.Set("errors", errors_object(env, window));
  object.Set("timeouts", number(env, window.timeouts));
  object.Set("unfinished", number(env, window.unfinished));
  object.Set("unanswered", number(env, window.unanswered));
  object.Set("bytesRead", number(env, window.bytes_read));
  object.Set("cpuUs", Napi::Number::New(env, static_cast<double>(window.cpu_ns) / 1e3));
  object.Set("service", histogram_object(env, window.service_ns));
  object.Set("open", window.open ? open_object(env, *window.open) : env.Null());
  return object;
}

}  // namespace

Napi::Function LoadObject::define(Napi::Env env) {
  using Self = LoadObject;
  return DefineClass(
      env, "Generator",
      {InstanceMethod<&Self::open>("open"), InstanceMethod<&Self::start>("start"),
       InstanceMethod<&Self::open_window>("openWindow"),
       InstanceMethod<&Self::close_window>("closeWindow"),
       InstanceMethod<&Self::snapshot>("snapshot"),
       InstanceMethod<&Self::completed_at>("completedAt"), InstanceMethod<&Self::pause>("pause"),
       InstanceMethod<&Self::close>("close")});
}

// new Generator(options): NativeLoadOptions of harness/load/addon.ts.
LoadObject::LoadObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  auto config = config_of(info.Env(), info[0].ToObject());
  if (config) generator_ = std::make_unique<load::Generator>(std::move(*config));
}

LoadObject::~LoadObject() {
  if (state_ == State::running) napi_remove_env_cleanup_hook(Env(), on_teardown, this);
}

// open(): Promise<void>. Rejects with an Error that says why the connections could not be made.
Napi::Value LoadObject::open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (state_ != State::created) {
    Napi::Error::New(env, "open() is called once").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  opening_ = Napi::Promise::Deferred::New(env);
  const Napi::Promise promise = opening_->Promise();
  const auto unused = Napi::Function::New(env, [](const Napi::CallbackInfo&) {});
  to_javascript_ = Napi::ThreadSafeFunction::New(env, unused, "iomodels.Generator", 0, 1);
  if (const auto trouble = generator_->launch(events())) {
    to_javascript_.Release();
    state_ = State::ended;
    opening_->Reject(Napi::Error::New(env, *trouble).Value());
    return promise;
  }
  // The hook was added after the thread-safe function's own and therefore runs before it.
  napi_add_env_cleanup_hook(env, on_teardown, this);
  state_ = State::running;
  Ref();
  return promise;
}

load::GeneratorEvents LoadObject::events() {
  return {
      [this](std::optional<std::string> trouble) {
        to_javascript_.NonBlockingCall(
            [this, trouble](Napi::Env env, Napi::Function) { on_opened(env, trouble); });
      },
      [this] {
        to_javascript_.NonBlockingCall([this](Napi::Env env, Napi::Function) { on_paused(env); });
      },
      [this] {
        to_javascript_.NonBlockingCall([this](Napi::Env env, Napi::Function) { on_ended(env); });
      },
  };
}

void LoadObject::on_opened(Napi::Env env, const std::optional<std::string>& trouble) {
  if (trouble) {
    opening_->Reject(Napi::Error::New(env, *trouble).Value());
  } else {
    if (!closing_) to_javascript_.Unref(env);
    opening_->Resolve(env.Undefined());
  }
  opening_.reset();
}

void LoadObject::on_paused(Napi::Env env) {
  if (!closing_) to_javascript_.Unref(env);
  auto object = Napi::Object::New(env);
  object.Set("window", window_object(env, *generator_->window()));
  object.Set("firstError", generator_->first_error());
  pausing_->Resolve(object);
  pausing_.reset();
}

void LoadObject::on_ended(Napi::Env env) {
  generator_->join();
  napi_remove_env_cleanup_hook(env, on_teardown, this);
  to_javascript_.Release();
  state_ = State::ended;
  if (pausing_) pausing_->Reject(Napi::Error::New(env, "the load was closed").Value());
  pausing_.reset();
  if (closing_) closing_->Resolve(env.Undefined());
  closing_.reset();
  Unref();
}

void LoadObject::on_teardown(void* self) {
  auto* const object = static_cast<LoadObject*>(self);
  object->generator_->stop();
  object->generator_->join();
  object->state_ = State::ended;
}

bool LoadObject::require_running(Napi::Env env) {
  if (state_ == State::running) return true;
  Napi::Error::New(env, "the load is not open").ThrowAsJavaScriptException();
  return false;
}

void LoadObject::start(const Napi::CallbackInfo& info) {
  if (require_running(info.Env())) generator_->start();
}

void LoadObject::open_window(const Napi::CallbackInfo& info) {
  if (require_running(info.Env())) generator_->open_window();
}

void LoadObject::close_window(const Napi::CallbackInfo& info) {
  if (require_running(info.Env())) generator_->close_window();
}

// snapshot(): {monotonicNs, completed, errors, connectionsOpen}
Napi::Value LoadObject::snapshot(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const load::Snapshot counts = generator_->snapshot();
  auto object = Napi::Object::New(env);
  object.Set("monotonicNs", Napi::BigInt::New(env, load::monotonic_ns()));
  object.Set("completed", number(env, counts.completed));
  object.Set("errors", number(env, counts.errors));
  object.Set("connectionsOpen", number(env, counts.connections_open));
  return object;
}

// completedAt(monotonicNs: bigint): {completed, uncertain} | null
Napi::Value LoadObject::completed_at(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsBigInt()) {
    Napi::TypeError::New(env, "monotonicNs: expected a bigint").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  bool lossless = false;
  const std::int64_t instant_ns = info[0].As<Napi::BigInt>().Int64Value(&lossless);
  const auto count = generator_->completed_at(instant_ns);
  if (!count) return env.Null();
  auto object = Napi::Object::New(env);
  object.Set("completed", count->completed);
  object.Set("uncertain", count->uncertain);
  return object;
}

// pause(): Promise<{window, firstError: string}>. Once for each start(), after closeWindow().
// Rejects when the load is closed meanwhile.
Napi::Value LoadObject::pause(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!require_running(env)) return env.Undefined();
  pausing_ = Napi::Promise::Deferred::New(env);
  to_javascript_.Ref(env);
  generator_->pause();
  return pausing_->Promise();
}

// close(): Promise<void>. Called once, at any point; when it comes before open() settles, that
// rejects.
Napi::Value LoadObject::close(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto closing = Napi::Promise::Deferred::New(env);
  if (state_ == State::running) {
    closing_ = closing;
    to_javascript_.Ref(env);
    generator_->stop();
  } else {
    closing.Resolve(env.Undefined());
  }
  return closing.Promise();
}

}  // namespace iomodels::addon
