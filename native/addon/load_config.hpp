// The options of a load, from JavaScript.
#pragma once

#include <napi.h>

#include <optional>

#include "../loadgen/config.hpp"

namespace iomodels::addon {

// {ratePerS, arrivals, seed, durationMs}
load::OpenLoad open_load_of(Napi::Env env, Napi::Object options);

// NativeLoadOptions of harness/load/addon.ts. On bad ones it leaves a TypeError or RangeError
// pending and returns nothing.
std::optional<load::LoadConfig> config_of(Napi::Env env, Napi::Object options);

}  // namespace iomodels::addon
