import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockOrders } from './order.js';

const subjects = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 7 });
const blocks = fc.integer({ min: 1, max: 12 });

describe('blockOrders', () => {
  it('gives every subject once in every block', () => {
    fc.assert(
      fc.property(fc.string(), subjects, blocks, (seed, ids, count) => {
        const orders = blockOrders(seed, 'c', ids, count);
        expect(orders).toHaveLength(count);
        for (const order of orders) expect([...order].sort()).toEqual([...ids].sort());
      }),
    );
  });

  it('mirrors each odd block, counted from 0, on the one before', () => {
    fc.assert(
      fc.property(fc.string(), subjects, blocks, (seed, ids, count) => {
        const orders = blockOrders(seed, 'c', ids, count);
        for (let block = 1; block < count; block += 2) {
          expect(orders[block]).toEqual([...(orders[block - 1] ?? [])].reverse());
        }
      }),
    );
  });

  it('depends on seed, condition and subjects alone, not on their order or on the number of blocks', () => {
    fc.assert(
      fc.property(fc.string(), subjects, blocks, (seed, ids, count) => {
        const orders = blockOrders(seed, 'c', ids, count);
        expect(blockOrders(seed, 'c', [...ids].reverse(), count)).toEqual(orders);
        expect(blockOrders(seed, 'c', ids, count + 2).slice(0, count)).toEqual(orders);
      }),
    );
  });

  it('draws each of the six orders of three subjects about equally often', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 1200; seed++) {
      const first = blockOrders(String(seed), 'c', ['a', 'b', 'c'], 1)[0]?.join('') ?? '';
      counts.set(first, (counts.get(first) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // 200 expected; 5 standard deviations are 65. The seeds are fixed, so this is no game of
    // chance.
    for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThan(65);
  });

  it('draws other orders for other conditions and later pairs of blocks', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const [first, , third] = blockOrders('s', 'c64', ids, 3);
    expect(third).not.toEqual(first);
    expect(blockOrders('s', 'c512', ids, 1)[0]).not.toEqual(first);
  });
});
