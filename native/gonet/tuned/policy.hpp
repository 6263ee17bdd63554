// What the options add to the records of the runtime.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "buffer_cache.hpp"
#include "core/io.hpp"
#include "gonet/status.hpp"

namespace iomodels::gonet {

class Fd;
class PollDesc;
struct Coroutine;

struct FdExtras {
  // lean-buffers: as Fd::read, into a buffer that is not held while the call waits, but is when the
  // result is ok.
  Result read_pooled(PooledBuffer& buffer);

  template <class Place>
  Result read_into(Place& place);
  Result begin_read(bool& has_waited);

  // cadence-poll: after kTurnBytes in one turn the others come first.
  void spend_reading(std::size_t bytes) { spend(read_in_turn, bytes); }
  void spend_writing(std::size_t bytes) { spend(written_in_turn, bytes); }
  static void spend(std::uint32_t& in_turn, std::size_t bytes) {
    in_turn += static_cast<std::uint32_t>(bytes);
    if (in_turn >= kTurnBytes) [[unlikely]]
      end_turn(in_turn);
  }
  static void end_turn(std::uint32_t& in_turn);

  std::uint32_t read_in_turn = 0;     // guarded by the read lock
  std::uint32_t written_in_turn = 0;  // guarded by the write lock
  bool watches_output = true;         // lean-accept; guarded by the write lock
  bool is_drained = false;  // skip-read: the last read was a short one; guarded by the read lock
};

// skip-read: a read that follows a short one begins with T2 and leaves T1 out: no system call
// follows that would see the cause of an edge that T1 wipes out. It looks at has_last_edge first:
// once the peer has hung up, no further edge comes.
//
// lean-stacks adds no transition. A sweep counts how long a reader has been waiting, and then wakes
// it with a T8; the wait finds no reason, as in T9, and starts again, with a commit that packs the
// stack. Apart from the words, rest says:
//
//   rest      meaning                                   leaves it by
//   fresh     a read has begun to wait                  a sweep -> seen
//   seen      a sweep has met it                        the next sweep -> asked, and T8
//   asked     it will pack its stack                    T9 -> settled
//   settled   it has done so, or could not              -
//   any       -                                         the next wait; T9 for another reason
//                                                       -> fresh
struct PollDescExtras {
  // Whether the netpoller has seen that the peer hung up, or sent urgent data: after that a short
  // read does not mean that another edge will come.
  static bool has_last_edge(const PollDesc& descriptor);
  // For a sweep: returns the reader, taken off the waiters, if it should wake now to pack its
  // stack. Sets is_left if that may come later.
  static Coroutine* count_rest(PollDesc& descriptor, bool& is_left);

  enum class Rest : std::uint8_t { fresh, seen, asked, settled };

  static void set_last_edge(PollDesc& descriptor, std::uint32_t sequence);
  void begin_rest();
  bool take_pack_request();

  std::atomic<Rest> rest{Rest::settled};  // without a lock: the reader and the sweep change it
};

struct CoroutineExtras {
  bool has_private_stack = false;  // lean-stacks: see keep_stack_private
};

struct ProcessorExtras {
  BufferCache buffers;           // lean-buffers
  std::uint32_t dispatches = 0;  // its holder's: see find_in_cadence
};

// lean-stacks: the sweeps of one run (packed_stack.hpp); its caller's thread.
class StackSweeper {
 public:
  static constexpr std::int64_t kPeriodNs = 250'000'000;

  // Does what is due by now.
  void run();
  // The rest of a sleep, in nanoseconds (negative: without end), or less if a sweep is due before.
  std::int64_t shorten(std::int64_t sleep_ns);

 private:
  void plan(std::int64_t now_ns);
  bool wake_some();

  std::int64_t due_ns_ = 0;  // 0: nothing is left to be packed
  std::size_t block_ = 0;    // of descriptors: where the sweep goes on
  bool is_left_ = false;     // this sweep has met somebody who is to be asked later
  int vain_sweeps_ = 0;      // the last ones that have met nobody
};
using SysmonChores = StackSweeper;

}  // namespace iomodels::gonet
