import { describe, expect, it } from 'vitest';
import { nearest, whatExists } from './nearest.js';

const NAMES = ['callback-epoll', 'coroutine-epoll', 'go-net', 'thread-per-connection'];

describe('nearest', () => {
  it.each([
    ['go-nte', 'go-net'],
    ['GO-NET', 'go-net'],
    ['corutine-epol', 'coroutine-epoll'],
    ['thread', 'thread-per-connection'],
    ['epoll', 'callback-epoll'],
  ])('%s means %s', (word, meant) => {
    expect(nearest(word, NAMES)).toBe(meant);
  });

  it('means nothing when nothing is near', () => {
    expect(nearest('nginx', NAMES)).toBeNull();
    expect(nearest('', NAMES)).toBeNull();
    expect(nearest('go-net', [])).toBeNull();
  });

  it('lists what exists', () => {
    expect(whatExists('go', ['go-net'])).toBe('there is go-net');
    expect(whatExists('go-nt', ['go-net', 'b'])).toBe('did you mean go-net? there are go-net, b');
    expect(whatExists('x', [])).toBe('there are none');
  });
});
