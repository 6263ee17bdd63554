// One poll: the call to epoll, and how many events it takes.
#include "core/sys.hpp"
#include "core/sys_runtime.hpp"
#include "netpoll.hpp"

namespace iomodels::gonet::netpoll {
namespace {

constexpr int kEventsPerPoll = 128;

}  // namespace

CoroutineList poll(std::int64_t delay_ns) {
  epoll_event events[kEventsPerPoll];
  const int n = sys::epoll_wait(epoll_number(), events, kEventsPerPoll, timeout_ms(delay_ns));
  return deliver(events, n, delay_ns != 0);
}

}  // namespace iomodels::gonet::netpoll
