import { expect, test } from 'vitest';
import { normalised } from './normalise.js';
import { straceCalls } from './strace.js';

const EVENTS = 'events=EPOLLIN|EPOLLOUT|EPOLLRDHUP|EPOLLET, data={u32=1, u64=1}';
const TRACE = `
7 socket(AF_INET6, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 9
7 setsockopt(9, SOL_IPV6, IPV6_V6ONLY, [1], 4) = 0
7 close(9) = 0
7 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, IPPROTO_IP) = 3
7 epoll_create1(EPOLL_CLOEXEC) = 4
7 eventfd2(0, EFD_CLOEXEC|EFD_NONBLOCK) = 5
7 epoll_ctl(4, EPOLL_CTL_ADD, 5, {events=EPOLLIN, data={u32=0, u64=0}}) = 0
7 bind(3, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
7 listen(3, 4096) = 0
7 epoll_ctl(4, EPOLL_CTL_ADD, 3, {${EVENTS}}) = 0
7 write(1, "{\\"event\\":\\"ready\\"}", 20) = 20
7 accept4(3, NULL, NULL, SOCK_CLOEXEC|SOCK_NONBLOCK) = -1 EAGAIN (Resource temporarily unavailable)
7 epoll_pwait(4, [{events=EPOLLIN, data={u32=1, u64=1}}], 128, -1, NULL, 0) = 1
7 accept4(3, NULL, NULL, SOCK_CLOEXEC|SOCK_NONBLOCK) = 6
7 epoll_ctl(4, EPOLL_CTL_ADD, 6, {${EVENTS}}) = 0
7 setsockopt(6, SOL_TCP, TCP_NODELAY, [1], 4) = 0
7 read(6, "GET", 1024) = 3
7 epoll_ctl(4, EPOLL_CTL_DEL, 6, 0xc000) = 0
7 close(6) = 0
7 accept4(3, NULL, NULL, SOCK_CLOEXEC|SOCK_NONBLOCK) = 6
7 read(6, "", 1024) = 0
7 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
7 shutdown(3, SHUT_RDWR) = 0
`;

test('descriptors become what they are for, and what is left is in order', () => {
  const lines = normalised(straceCalls(TRACE)).map(({ call: { call, on, detail, result } }) =>
    [call, on, detail, result].join(' | '),
  );
  expect(lines).toEqual([
    'socket | other | STREAM|CLOEXEC | 9',
    'socket | listener | STREAM|CLOEXEC|NONBLOCK | 3',
    'epoll_create1 | epoll | CLOEXEC | 4',
    'eventfd2 | eventfd | CLOEXEC|NONBLOCK | 5',
    'epoll_ctl | eventfd | ADD IN | 0',
    'bind | listener |  | 0',
    'listen | listener | backlog 4096 | 0',
    'epoll_ctl | listener | ADD IN|OUT|RDHUP|ET | 0',
    'accept4 | listener | CLOEXEC|NONBLOCK | EAGAIN',
    'epoll_pwait | epoll | timeout -1 | 1',
    'accept4 | listener | CLOEXEC|NONBLOCK | 6',
    'epoll_ctl | connection | ADD IN|OUT|RDHUP|ET | 0',
    'setsockopt | connection | TCP_NODELAY [1] | 0',
    'read | connection |  | 3',
    'epoll_ctl | connection | DEL | 0',
    'close | connection |  | 0',
    'accept4 | listener | CLOEXEC|NONBLOCK | 6',
    'read | connection 2 |  | 0',
    'fcntl | listener | SETFL RDWR|NONBLOCK | 0',
    'shutdown | listener | RDWR | 0',
  ]);
});

test('each call knows where it stood', () => {
  const places = normalised(straceCalls(TRACE)).map(({ at }) => at);
  expect(places.slice(0, 3)).toEqual([0, 3, 4]);
});
