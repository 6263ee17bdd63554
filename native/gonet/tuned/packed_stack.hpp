// lean-stacks: a coroutine that has waited for long keeps the bytes of its stack that it uses, and
// not the pages around them.
//
//   stack      where its bytes are              leaves it by
//   in place   at their addresses               pack, on the scheduler's stack before the coroutine
//                                               can be found -> packed
//   packed     in a block of the heap; its      unpack, by the worker about to run it -> in place
//              pages belong to the kernel,
//              its addresses still to it
//
// Frames hold pointers into their own stack, so the bytes go back to where they were. Nobody else
// may hold such pointers: a coroutine promises that (keep_stack_private), and what the runtime
// itself touches of a parked one, the Coroutine, is kept apart from the stack.
//
// A sweep every 250 ms, by sysmon, finds readers that wait; at the second sweep that meets the same
// wait it wakes its coroutine, which waits again and packs (policy.hpp). At most 256 are woken
// within 10 ms, so that connections that are busy do not wait behind them. Sweeps end when there is
// nothing left to be packed, and the next wait starts them again: all that a wait pays for is a
// store to its own descriptor and a look at a flag. The flag may be seen late, so sweeps go on
// until two in a row have met nobody; a wait that they miss all the same only keeps its stack in
// place.
//
// Builds for AddressSanitizer and ThreadSanitizer never pack: they accept the option and leave it
// off.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gonet/coroutine.hpp"
#include "tuning.hpp"

namespace iomodels::gonet {

// A stack that uses more than this stays in place: what is left of its page is not worth a copy.
inline constexpr std::size_t kMaxPackedBytes = 3584;

inline bool packs_stacks() { return kStacksCanBePacked && tuning.lean_stacks; }

// Of a coroutine that has left its stack, and that nobody can find yet. Does nothing without its
// promise, when it uses too much, or when there is no memory.
void pack(Coroutine& coroutine);
inline bool is_packed(const Coroutine& coroutine) {
  return (reinterpret_cast<std::uintptr_t>(coroutine.stack_pointer) & 1) != 0;
}
void unpack(Coroutine& coroutine);

// A promise of the running coroutine: nobody but itself uses its variables, by a pointer or a
// reference, from now on while it waits in a read. With lean-stacks its stack is packed then;
// otherwise, or without the promise, it never is.
void keep_stack_private();

// A read begins to wait.
void note_wait();

// For tests: sweeps follow each other at once, as often as sysmon looks.
void sweep_without_pause(bool is_so);

}  // namespace iomodels::gonet
