// spinSentinel(cpu, ms) for JavaScript: a thread of its own for every call, never libuv's pool:
// that has four threads, and teardown waits for them.
#pragma once

#include <napi.h>

namespace iomodels::addon {

// spinSentinel(cpu: number, ms: number): Promise<{lostShare, maxGapUs, gaps, turnsPerMs}>. Rejects
// with an Error that says why the thread could not be started or pinned.
Napi::Value spin_sentinel(const Napi::CallbackInfo& info);

}  // namespace iomodels::addon
