#include "load_config.hpp"

#include <string>

#include "values.hpp"

namespace iomodels::addon {

load::OpenLoad open_load_of(Napi::Env, Napi::Object options) {
  load::OpenLoad open;
  open.rate_per_s = options.Get("ratePerS").ToNumber();
  const std::string arrivals = options.Get("arrivals").ToString();
  open.arrivals = arrivals == "fixed" ? load::Arrivals::fixed : load::Arrivals::poisson;
  open.seed = options.Get("seed").ToString();
  const double duration_ms = options.Get("durationMs").ToNumber();
  open.duration_ns = static_cast<std::int64_t>(duration_ms * 1e6);
  return open;
}

std::optional<load::LoadConfig> config_of(Napi::Env env, Napi::Object options) {
  const auto cpus = cpus_of(env, options.Get("cpus"));
  if (!cpus) return std::nullopt;
  const auto expected = options.Get("expected");
  if (!expected.IsBuffer()) {
    Napi::TypeError::New(env, "expected: expected a Buffer").ThrowAsJavaScriptException();
    return std::nullopt;
  }
  load::LoadConfig config;
  config.host = options.Get("host").ToString();
  config.port = options.Get("port").ToNumber();
  config.connections = options.Get("connections").ToNumber();
  config.pipeline = options.Get("pipeline").ToNumber();
  config.path = options.Get("path").ToString();
  const auto body_bytes = options.Get("bodyBytes");
  if (body_bytes.IsNumber()) config.body_bytes = body_bytes.ToNumber().Uint32Value();
  const std::string exchange = options.Get("exchange").ToString();
  config.exchange = exchange == "greeting" ? load::Exchange::greeting : load::Exchange::http;
  const auto bytes = expected.As<Napi::Buffer<char>>();
  config.expected.assign(bytes.Data(), bytes.Length());
  config.cpus = *cpus;
  config.connect_timeout_ms = options.Get("connectTimeoutMs").ToNumber();
  config.timeout_ms = options.Get("timeoutMs").ToNumber();
  config.drain_ms = options.Get("drainMs").ToNumber();
  config.silent = options.Get("silent").ToNumber();
  config.upstream_fd = options.Get("upstreamFd").ToNumber();
  const double pace = options.Get("readBytesPerS").ToNumber();
  if (pace > 0) config.pace = load::ReadPace{static_cast<std::int64_t>(pace)};
  const auto netns = options.Get("netns");
  if (netns.IsString()) config.netns = netns.ToString();
  const auto open = options.Get("open");
  if (open.IsObject()) config.open = open_load_of(env, open.ToObject());
  if (config.connections == 0 || config.pipeline == 0 || (config.open && config.pipeline != 1)) {
    Napi::RangeError::New(env, "connections and pipeline: at least 1; pipeline: 1 in an open load")
        .ThrowAsJavaScriptException();
    return std::nullopt;
  }
  return config;
}

}  // namespace iomodels::addon
