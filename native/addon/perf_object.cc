#include "perf_object.hpp"

#include <optional>
#include <string>
#include <vector>

#include "../probe/perf_counters.hpp"
#include "sentinel_call.hpp"

namespace iomodels::addon {
namespace {

std::optional<probe::Event> event_named(const std::string& name) {
  for (const probe::Event event : probe::kEvents) {
    if (probe::name_of(event) == name) return event;
  }
  return std::nullopt;
}

// The names of the array as events. On anything else it leaves an error pending and returns
// nothing.
std::optional<std::vector<probe::Event>> events_of(Napi::Env env, Napi::Value value) {
  if (!value.IsArray()) {
    Napi::TypeError::New(env, "names: expected an array").ThrowAsJavaScriptException();
    return std::nullopt;
  }
  const auto names = value.As<Napi::Array>();
  std::vector<probe::Event> events;
  for (std::uint32_t i = 0; i < names.Length(); ++i) {
    const std::string name = names.Get(i).ToString();
    const auto event = event_named(name);
    if (!event) {
      Napi::RangeError::New(env, "there is no event " + name).ThrowAsJavaScriptException();
      return std::nullopt;
    }
    events.push_back(*event);
  }
  return events;
}

Napi::Object reading_object(Napi::Env env, const probe::PerfReading& reading) {
  auto object = Napi::Object::New(env);
  object.Set("name", std::string(probe::name_of(reading.event)));
  if (reading.trouble.call.empty()) {
    object.Set("value", static_cast<double>(reading.value));
    object.Set("enabledNs", static_cast<double>(reading.enabled_ns));
    object.Set("runningNs", static_cast<double>(reading.running_ns));
  } else {
    object.Set("call", std::string(reading.trouble.call));
    object.Set("error", reading.trouble.error);
  }
  return object;
}

class PerfObject : public Napi::ObjectWrap<PerfObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "PerfCounters",
        {InstanceMethod<&PerfObject::read>("read"), InstanceMethod<&PerfObject::close>("close")});
  }

  // new PerfCounters(pid, {inherit, enableOnExec}, names)
  explicit PerfObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    const auto events = events_of(info.Env(), info[2]);
    if (!events) return;
    const auto options = info[1].ToObject();
    const probe::PerfOptions chosen = {options.Get("inherit").ToBoolean(),
                                       options.Get("enableOnExec").ToBoolean()};
    counters_.emplace(info[0].ToNumber().Int32Value(), chosen, *events);
  }

 private:
  Napi::Value read(const Napi::CallbackInfo& info) {
    const auto readings = counters_->read();
    auto array = Napi::Array::New(info.Env(), readings.size());
    for (std::size_t i = 0; i < readings.size(); ++i) {
      array.Set(static_cast<std::uint32_t>(i), reading_object(info.Env(), readings[i]));
    }
    return array;
  }

  void close(const Napi::CallbackInfo&) { counters_->close(); }

  std::optional<probe::PerfCounters> counters_;
};

}  // namespace

void define_perf(Napi::Env env, Napi::Object exports) {
  exports.Set("PerfCounters", PerfObject::define(env));
  exports.Set("spinSentinel", Napi::Function::New(env, spin_sentinel, "spinSentinel"));
}

}  // namespace iomodels::addon
