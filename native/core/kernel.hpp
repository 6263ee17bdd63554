// The calls that a request makes, without libc in between: read, write, accept4, epoll_pwait; and
// getppid, which inject.hpp makes one that costs nothing else.
//
// In a process with several threads libc makes each of them a cancellation point: two atomic
// operations and some forty instructions around a call, for something that no server here uses. Go
// does not pay that either: it calls the kernel itself.
//
// Each function returns what the kernel returns: below 0 it is -errno, and errno is left alone.
#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

// Sanitizers watch libc's functions.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IOMODELS_CALLS_LIBC 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IOMODELS_CALLS_LIBC 1
#endif
#endif
#if !defined(__x86_64__) && !defined(__aarch64__)
#define IOMODELS_CALLS_LIBC 1
#endif

namespace iomodels::kernel {

#ifdef IOMODELS_CALLS_LIBC

inline long result_of(long result) { return result < 0 ? -errno : result; }

inline long read(int fd, void* buffer, std::size_t size) {
  return result_of(::read(fd, buffer, size));
}
inline long write(int fd, const void* data, std::size_t size) {
  return result_of(::write(fd, data, size));
}
inline long accept4(int fd, sockaddr* peer, socklen_t* length, int flags) {
  return result_of(::accept4(fd, peer, length, flags));
}
inline long getppid() { return ::getppid(); }
inline long epoll_pwait(int epoll, epoll_event* events, int capacity, int timeout_ms) {
  return result_of(::epoll_pwait(epoll, events, capacity, timeout_ms, nullptr));
}

#else

#if defined(__x86_64__)
inline long call(long number, long a, long b, long c, long d = 0, long e = 0, long f = 0) {
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  long result;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}
#else
inline long call(long number, long a, long b, long c, long d = 0, long e = 0, long f = 0) {
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  register long x4 asm("x4") = e;
  register long x5 asm("x5") = f;
  asm volatile("svc 0"
               : "+r"(x0)
               : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
               : "memory");
  return x0;
}
#endif

inline long address(const void* pointer) { return reinterpret_cast<long>(pointer); }

inline long read(int fd, void* buffer, std::size_t size) {
  return call(SYS_read, fd, address(buffer), static_cast<long>(size));
}
inline long write(int fd, const void* data, std::size_t size) {
  return call(SYS_write, fd, address(data), static_cast<long>(size));
}
inline long accept4(int fd, sockaddr* peer, socklen_t* length, int flags) {
  return call(SYS_accept4, fd, address(peer), address(length), flags);
}
inline long getppid() { return call(SYS_getppid, 0, 0, 0); }
// Without a signal mask.
inline long epoll_pwait(int epoll, epoll_event* events, int capacity, int timeout_ms) {
  return call(SYS_epoll_pwait, epoll, address(events), capacity, timeout_ms);
}

#endif

}  // namespace iomodels::kernel
