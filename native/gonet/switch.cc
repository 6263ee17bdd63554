#include "switch.hpp"

#include <cstdint>

// clang-format off
#if defined(__x86_64__)

asm(R"(
.text
.globl iomodels_gonet_switch
.type iomodels_gonet_switch, @function
.p2align 4
iomodels_gonet_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  popq %rcx
  jmpq *%rcx
.size iomodels_gonet_switch, .-iomodels_gonet_switch

.globl iomodels_gonet_start
.type iomodels_gonet_start, @function
.p2align 4
iomodels_gonet_start:
  movq %r12, %rdi
  callq *%r13
  ud2
.size iomodels_gonet_start, .-iomodels_gonet_start
)");

#elif defined(__aarch64__)

asm(R"(
.text
.globl iomodels_gonet_switch
.type iomodels_gonet_switch, %function
.p2align 4
iomodels_gonet_switch:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size iomodels_gonet_switch, .-iomodels_gonet_switch

.globl iomodels_gonet_start
.type iomodels_gonet_start, %function
.p2align 4
iomodels_gonet_start:
  mov x0, x19
  blr x20
  brk #1
.size iomodels_gonet_start, .-iomodels_gonet_start
)");

#else
#error "gonet has a context switch for x86-64 and aarch64 only: add one in native/gonet/switch.cc"
#endif
// clang-format on

extern "C" void iomodels_gonet_start();

namespace iomodels::gonet {

void* prepare_stack(void* top, void (*entry)(void*), void* argument) {
  auto* const words = static_cast<std::uintptr_t*>(top);
  const auto start = reinterpret_cast<std::uintptr_t>(&iomodels_gonet_start);
  const auto function = reinterpret_cast<std::uintptr_t>(entry);
  const auto value = reinterpret_cast<std::uintptr_t>(argument);
#if defined(__x86_64__)
  // From low to high: r15 r14 r13 r12 rbx rbp, the return address, and zeros that end backtraces.
  // After the jump the stack pointer is a multiple of 16, as it must be before a call.
  std::uintptr_t* const sp = words - 9;
  const std::uintptr_t frame[9] = {0, 0, function, value, 0, 0, start, 0, 0};
  for (int i = 0; i < 9; ++i) sp[i] = frame[i];
#else
  std::uintptr_t* const sp = words - 20;
  for (int i = 0; i < 20; ++i) sp[i] = 0;
  sp[0] = value;     // x19
  sp[1] = function;  // x20
  sp[11] = start;    // x30
#endif
  return sp;
}

}  // namespace iomodels::gonet
