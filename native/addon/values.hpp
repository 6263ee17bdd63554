// JavaScript values to C++ ones, with the checks that TypeScript cannot make at run time.
#pragma once

#include <napi.h>

#include <optional>

#include "../loadgen/affinity.hpp"

namespace iomodels::addon {

// number[] to CPUs. On anything else it leaves a TypeError pending and returns nothing.
inline std::optional<load::Cpus> cpus_of(Napi::Env env, Napi::Value value) {
  load::Cpus cpus;
  bool good = value.IsArray();
  const Napi::Array array = good ? value.As<Napi::Array>() : Napi::Array::New(env);
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value cpu = array.Get(i);
    good = good && cpu.IsNumber();
    cpus.push_back(cpu.IsNumber() ? cpu.As<Napi::Number>().Int32Value() : -1);
  }
  if (good) return cpus;
  Napi::TypeError::New(env, "cpus: expected an array of numbers").ThrowAsJavaScriptException();
  return std::nullopt;
}

// A count: exact up to 2^53.
inline Napi::Number number(Napi::Env env, std::uint64_t value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

}  // namespace iomodels::addon
