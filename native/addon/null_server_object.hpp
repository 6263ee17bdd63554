// load::NullServer for JavaScript.
#pragma once

#include <napi.h>

namespace iomodels::addon {

// Adds startNullServer.
void define_null_server(Napi::Env env, Napi::Object exports);

}  // namespace iomodels::addon
