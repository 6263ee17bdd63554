import { expect, test } from 'vitest';
import { straceCalls } from './strace.js';

test('a call in two halves stands where it returned', () => {
  const text = [
    '7 epoll_pwait(4,  <unfinished ...>',
    '8 read(5, "a, \\"b) = 3", 1024) = 11',
    '7 <... epoll_pwait resumed>[{events=EPOLLIN, data={u32=5, u64=5}}], 128, -1, NULL, 8) = 1',
    '',
  ].join('\n');
  expect(straceCalls(text)).toEqual([
    { thread: 8, name: 'read', args: ['5', '"a, \\"b) = 3"', '1024'], result: '11' },
    {
      thread: 7,
      name: 'epoll_pwait',
      args: ['4', '[{events=EPOLLIN, data={u32=5, u64=5}}]', '128', '-1', 'NULL', '8'],
      result: '1',
    },
  ]);
});

test('errors are named; signals, ends and what has not returned are left out', () => {
  const text = [
    '7 read(5, 0x7ffc, 1024) = -1 EAGAIN (Resource temporarily unavailable)',
    '7 --- SIGURG {si_signo=SIGURG, si_code=SI_TKILL} ---',
    '7 epoll_pwait(4, [], 128, 0, NULL, 8) = 0 (Timeout)',
    '7 accept4(3, NULL, NULL, SOCK_CLOEXEC) = ? ERESTARTSYS (To be restarted)',
    '8 read(6,  <unfinished ...>',
    '7 +++ exited with 0 +++',
    '7 close(5) = 0',
    '7 close(',
  ].join('\n');
  expect(straceCalls(text).map(({ name, result }) => `${name} ${result}`)).toEqual([
    'read EAGAIN',
    'epoll_pwait 0',
    'close 0',
  ]);
});

test('a line that is being written is not read', () => {
  expect(straceCalls('7 close(5) = 0\n7 close(12) = 0')).toHaveLength(1);
});
