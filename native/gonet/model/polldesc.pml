/* One direction of a poll descriptor (poll_desc.hpp), with everybody who touches its word: a reader, the network, a poller,
 * deadlines that pass, somebody who changes them, and a close that may or may not come.
 *
 * spin shows, for all orders of their steps:
 *   no lost wake-up    the reader ends, with all bytes or because of the close; otherwise there is an invalid end state
 *   no double wake     a coroutine is made ready only while it is parked, and once (make_ready asserts it)
 *   no double wait     the reader never finds its own wait in the word (T3 asserts it)
 *
 * -DSKIP=1 is the same with the option skip-read: a read takes all there is and is a short one, so the next begins with the
 * wait; the peer hangs up after its last byte, and the reader ends when it has read that.
 *
 * -DMUTANT=<n> leaves something out, and spin must find the fault:
 *   1  T4, the second look whether it is closing or late
 *   2  T5': the commit parks without looking whether the word still says wait
 *   3  T6 forgets the word instead of exchanging it
 *   4  T7 is lost when nobody waits: the edge is not remembered
 *   5  T8 comes before closing is published
 *   6  SKIP: T1 though no call follows
 *   7  SKIP: nobody notes that the peer has hung up, after which no edge comes
 *   8  SKIP: it is noted after T7, which may be too late for the reader that T7 wakes
 *
 * The steps are those of sequentially consistent atomics, which is what poll_desc.cc uses where the order of a store and a
 * load matters. */

#ifndef MUTANT
#define MUTANT 0
#endif
#ifndef SKIP
#define SKIP 0
#endif
#define BYTES 2
#ifndef FIRINGS
#define FIRINGS 1        /* of the deadline, and changes of it; 2 takes a minute */
#endif

#define NIL 0
#define READY 1
#define WAIT 2
#define PARKED 3

byte word = NIL;
byte data = 0;        /* bytes in the socket */
bool edge = 0;        /* epoll has something to report */
bool fin = 0;         /* the peer has hung up */
bool last_edge = 0;   /* info_: and the netpoller has said so */
bool closing = 0;     /* info_: published together */
bool expired = 0;
byte sequence = 0;    /* of the deadline: changes invalidate timers that are on their way */
bool locked = 0;      /* mutex_ */
bool is_parked = 0;
bool is_runnable = 0;

inline lock() { atomic { !locked -> locked = 1 } }
inline unlock() { locked = 0 }

inline make_ready() {
  atomic {
    assert(is_parked && !is_runnable);
    is_runnable = 1
  }
}

/* T7 and T8 */
inline unblock(is_edge, wakes) {
  do
  :: seen = word;
     if
     :: seen == READY || (seen == NIL && (!is_edge || MUTANT == 4)) -> wakes = 0; break
     :: else ->
        atomic {
          if
          :: word == seen ->
             word = (is_edge -> READY : NIL);
             done = 1
          :: else -> done = 0
          fi
        }
        if
        :: done -> wakes = (seen == PARKED); break
        :: else
        fi
     fi
  od
}

proctype reader() {
  byte got = 0;
  byte seen;
  bool done;
  bool is_drained = 0;
prepare:
  if
  :: closing -> goto over
  :: !closing && expired -> goto lift
  :: !closing && !expired
  fi;
#if SKIP
  if
  :: is_drained && !last_edge ->
#if MUTANT == 6
     word = NIL;
#endif
     goto block
  :: else
  fi;
#endif
  word = NIL;                                             /* T1 */
call:
#if SKIP
  atomic {
    if
    :: data > 0 -> data = 0; done = 1; is_drained = 1
    :: data == 0 && fin -> goto over
    :: else -> done = 0; is_drained = 0
    fi
  }
#else
  atomic {
    if
    :: data > 0 -> data--; got++; done = 1
    :: else -> done = 0
    fi
  }
#endif
  if
  :: done && got == BYTES -> goto over
  :: done && got < BYTES -> goto prepare
  :: !done                                                /* EAGAIN */
  fi;
  if
  :: closing -> goto over
  :: !closing && expired -> goto lift
  :: !closing && !expired
  fi;
block:
  if
  :: word == READY -> word = NIL; goto call               /* T2 */
  :: word != READY
  fi;
  atomic {                                                /* T3 */
    assert(word == NIL || word == READY);
    if
    :: word == NIL -> word = WAIT
    :: else
    fi
  }
#if MUTANT != 1
  if
  :: closing || expired -> goto resumed                   /* T4 */
  :: !closing && !expired
  fi;
#endif
  atomic {                                                /* T5, T5' */
    if
    :: word == WAIT || MUTANT == 2 -> word = PARKED; is_parked = 1
    :: else -> goto resumed
    fi
  }
  atomic { is_runnable -> is_runnable = 0; is_parked = 0 }
resumed:
  if                                                      /* T6 */
  :: word == READY -> word = NIL; goto call
  :: word != READY
  fi;
#if MUTANT == 3
  seen = word;
  word = NIL;
#else
  atomic { seen = word; word = NIL }
#endif
  assert(seen != PARKED);
  if
  :: seen == READY -> goto call
  :: else
  fi;
  if                                                      /* T9 */
  :: closing -> goto over
  :: !closing && expired -> goto lift
  :: !closing && !expired -> goto block
  fi;
lift:                                                     /* timed out: the caller lifts the deadline, and reads again */
  lock();
  sequence++;
  expired = 0;
  unlock();
  goto prepare;
over:
  skip
}

proctype network() {
  byte sent = 0;
  do
  :: sent < BYTES -> atomic { data++; edge = 1 }; sent++
  :: sent < BYTES && closing -> break                     /* a reader that sees the close needs no more */
  :: sent == BYTES -> break
  od;
#if SKIP
  atomic { fin = 1; edge = 1 }
#endif
}

proctype poller() {
  byte seen;
  bool done;
  bool wakes;
  bool reported;
  bool has_hung_up;
end:
  do
  :: edge ->
     atomic { edge = 0; reported = data > 0 || fin; has_hung_up = fin }  /* epoll looks again before it reports */
     if
     :: reported ->
        if
        :: has_hung_up && MUTANT != 7 && MUTANT != 8 -> last_edge = 1
        :: else
        fi;
        unblock(1, wakes);
        if
        :: wakes -> make_ready()
        :: else
        fi;
        if
        :: has_hung_up && MUTANT == 8 -> last_edge = 1
        :: else
        fi
     :: else
     fi
  od
}

proctype deadline() {
  byte fired = 0;
  byte armed_for;
  byte seen;
  bool done;
  bool wakes;
  do
  :: fired < FIRINGS ->
     fired++;
     armed_for = sequence;                                /* taken off the heap; the lock comes later */
     lock();
     wakes = 0;
     if
     :: armed_for == sequence && !closing && !expired ->
        expired = 1;
        unblock(0, wakes)
     :: else
     fi;
     unlock();
     if
     :: wakes -> make_ready()
     :: else
     fi
  :: break
  od
}

proctype changer() {
  byte changes = 0;
  do
  :: changes < FIRINGS -> changes++; lock(); sequence++; expired = 0; unlock()
  :: break
  od
}

proctype closer() {
  byte seen;
  bool done;
  bool wakes;
  if
  :: skip
  :: lock();
#if MUTANT == 5
     unblock(0, wakes);
     closing = 1;
#else
     closing = 1;
     unblock(0, wakes);
#endif
     unlock();
     if
     :: wakes -> make_ready()
     :: else
     fi
  fi
}

init {
  atomic {
    run reader();
    run network();
    run poller();
    run deadline();
    run changer();
    run closer()
  }
}
