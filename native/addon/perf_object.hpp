// probe::PerfCounters and the jitter sentinel for JavaScript.
#pragma once

#include <napi.h>

namespace iomodels::addon {

// Adds openCounters and spinSentinel.
void define_perf(Napi::Env env, Napi::Object exports);

}  // namespace iomodels::addon
