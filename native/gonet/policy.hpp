// The runtime has two builds, which differ only here and in the files of tuned/:
//
//   gonet         Go's design: the sources of this folder. Its records hold what Go's hold.
//   gonet_tuned   the same with the options of tuned/tuning.hpp (IOMODELS_GONET_TUNED). A source in
//                 tuned/ replaces the one of its name here; tuned/library.cc lists all. A
//                 server whose sources include gonet/tuned/ is linked with it.
#pragma once

#ifdef IOMODELS_GONET_TUNED
#include "tuned/policy.hpp"
#else
#include <cstddef>
#include <cstdint>

namespace iomodels::gonet {

// What options add to the records; nothing, here.
struct FdExtras {
  void spend_writing(std::size_t) {}
};
struct PollDescExtras {};
struct CoroutineExtras {};
struct ProcessorExtras {};

// What sysmon does in addition to Go's.
struct SysmonChores {
  void run() {}
  std::int64_t shorten(std::int64_t sleep_ns) { return sleep_ns; }
};

}  // namespace iomodels::gonet
#endif
