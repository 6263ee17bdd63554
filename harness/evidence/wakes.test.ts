import { expect, test } from 'vitest';
import { straceCalls } from './strace.js';
import { wakesOf } from './wakes.js';

const AGAIN = '-1 EAGAIN (Resource temporarily unavailable)';
/** One connection, descriptor 6; thread 9 is another worker or sysmon. */
function wakes(...lines: string[]) {
  const add = '7 epoll_ctl(4, EPOLL_CTL_ADD, 6, {events=EPOLLIN|EPOLLET, data={u32=6, u64=6}}) = 0';
  return wakesOf(straceCalls([add, ...lines, ''].join('\n')));
}
const parks = `7 read(6, 0x1, 1024) = ${AGAIN}`;
const reads = '7 read(6, "x", 1024) = 1';
const poll = (thread: number, timeout: number, events = 'EPOLLIN|EPOLLOUT') =>
  `${thread} epoll_pwait(4, [{events=${events}, data={u32=6, u64=6}}], 128, ${timeout}, NULL, 0) = 1`;
const NONE = { find_runnable_nonblocking: 0, find_runnable_blocking: 0, sysmon: 0, in_vain: 0 };

test('a wake-up belongs to the poll that returned the event', () => {
  expect(wakes(parks, poll(7, -1), reads)).toEqual({ ...NONE, find_runnable_blocking: 1 });
  expect(wakes(parks, poll(7, 0), reads)).toEqual({ ...NONE, find_runnable_nonblocking: 1 });
  expect(wakes(parks, poll(7, 5), reads)).toEqual({ ...NONE, find_runnable_blocking: 1 });
});

test('a thread that only ever polls is sysmon', () => {
  expect(wakes(parks, poll(9, 0), reads)).toEqual({ ...NONE, sysmon: 1 });
  const works = '9 write(6, "x", 1) = 1';
  expect(wakes(parks, poll(9, 0), reads, works)).toEqual({ ...NONE, find_runnable_nonblocking: 1 });
});

test('an event that nobody waits for wakes nobody, and a second one not again', () => {
  expect(wakes(poll(7, 0), reads)).toEqual(NONE);
  expect(wakes(parks, poll(7, 0), poll(7, 0), reads)).toMatchObject({
    find_runnable_nonblocking: 1,
  });
});

test('room to write wakes no reader; a hang-up wakes both', () => {
  expect(wakes(parks, poll(7, 0, 'EPOLLOUT'))).toEqual(NONE);
  const full = `7 write(6, "x", 9) = ${AGAIN}`;
  expect(wakes(parks, full, poll(7, 0, 'EPOLLIN|EPOLLHUP'))).toMatchObject({
    find_runnable_nonblocking: 2,
  });
});

test('a try that finds nothing after a wake-up was woken in vain', () => {
  expect(wakes(parks, poll(7, -1), parks)).toEqual({
    ...NONE,
    find_runnable_blocking: 1,
    in_vain: 1,
  });
});

test('a closed descriptor is forgotten: its number may come again', () => {
  expect(wakes(parks, '7 close(6) = 0', poll(7, 0))).toEqual(NONE);
});

test('all events of one wait count', () => {
  const add = '7 epoll_ctl(4, EPOLL_CTL_ADD, 8, {events=EPOLLIN, data=0x8}) = 0';
  const both =
    '7 epoll_pwait(4, [{events=EPOLLIN, data={u32=6, u64=6}}, {events=EPOLLIN, data=0x8}], 128, -1, NULL, 0) = 2';
  const counts = wakes(add, parks, `7 accept4(8, NULL, NULL, 0) = ${AGAIN}`, both);
  expect(counts).toEqual({ ...NONE, find_runnable_blocking: 2 });
});
