// The context switch: leave one stack, continue on another.
//
// Saves what the ABI says a function must preserve: rbx, rbp, r12-r15 and rsp on x86-64; x19-x30,
// d8-d15 and sp on aarch64. Floating-point control words are left alone: nothing here changes them,
// so all coroutines share them.
//
// On x86-64 it jumps back instead of returning: the processor predicts a return from the last call,
// which was on the other stack, and would mispredict every time.
#pragma once

namespace iomodels::gonet {

// Saves the caller's registers on its stack, its stack pointer in *from, and continues at `to`.
// Returns when someone switches back to *from.
extern "C" void iomodels_gonet_switch(void** from, void* to);

// Prepares a stack so that the first switch to the returned pointer calls entry(argument) on it.
// entry never returns. top is 16-byte aligned.
void* prepare_stack(void* top, void (*entry)(void*), void* argument);

}  // namespace iomodels::gonet
