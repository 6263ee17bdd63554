import { expect, test } from 'vitest';
import { straceCalls } from './strace.js';
import { wakesOf } from './wakes.js';

/** Descriptor 6 is a connection, 5 the eventfd; thread 9 is the first that was made. */
function wakes(...lines: string[]) {
  const before = [
    '7 clone(child_stack=0x1, flags=CLONE_VM|CLONE_THREAD) = 9',
    '7 eventfd2(0, EFD_CLOEXEC|EFD_NONBLOCK) = 5',
    '7 epoll_ctl(4, EPOLL_CTL_ADD, 5, {events=EPOLLIN, data={u32=0, u64=0}}) = 0',
    '7 epoll_ctl(4, EPOLL_CTL_ADD, 6, {events=EPOLLIN|EPOLLET, data={u32=6, u64=6}}) = 0',
  ];
  return wakesOf(straceCalls([...before, ...lines, ''].join('\n')));
}
const event = (events: string, data = 6) => `{events=${events}, data={u32=${data}, u64=${data}}}`;
const poll = (thread: number, timeout: number, ...events: string[]) =>
  `${thread} epoll_pwait(4, [${events.join(', ')}], 128, ${timeout}, NULL, 0) = ${events.length}`;
const READY = event('EPOLLIN|EPOLLOUT');
const NONE = { find_runnable_nonblocking: 0, find_runnable_blocking: 0, sysmon: 0 };

test('a wake-up belongs to the poll that returned the event', () => {
  expect(wakes(poll(7, -1, READY))).toEqual({ ...NONE, find_runnable_blocking: 1 });
  expect(wakes(poll(7, 5, READY))).toEqual({ ...NONE, find_runnable_blocking: 1 });
  expect(wakes(poll(8, 0, READY))).toEqual({ ...NONE, find_runnable_nonblocking: 1 });
  expect(wakes(poll(9, 0, READY))).toEqual({ ...NONE, sysmon: 1 });
});

test('all events of one poll count; room to write alone wakes no reader', () => {
  const counts = wakes(poll(7, 0, READY, event('EPOLLIN|EPOLLRDHUP', 8), event('EPOLLOUT', 10)));
  expect(counts).toEqual({ ...NONE, find_runnable_nonblocking: 2 });
});

test('the eventfd interrupts a poll and wakes nobody', () => {
  expect(wakes(poll(7, -1, event('EPOLLIN', 0)))).toEqual(NONE);
});

test('sysmon may start threads, and is that of the last life', () => {
  const clones = '9 clone3({flags=CLONE_VM|CLONE_THREAD}, 88) = 12';
  expect(wakes(clones, poll(9, 0, READY))).toEqual({ ...NONE, sysmon: 1 });
  const again = ['7 execve("/x", ["/x"], 0x1 /* 9 vars */) = 0', '7 clone3({flags=0}, 88) = 21'];
  expect(wakes(...again, poll(21, 0, READY))).toEqual({ ...NONE, sysmon: 1 });
});

test('a first thread that does what sysmon never does is not taken for it', () => {
  expect(wakes(poll(9, -1, READY))).toBeNull();
  expect(wakes('9 epoll_ctl(4, EPOLL_CTL_DEL, 6, 0xc0) = 0')).toBeNull();
  expect(wakesOf([])).toBeNull();
});
