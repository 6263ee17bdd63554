/** Making a plan fit into a time: shorter windows first, then fewer blocks. Pure. */
import { FEWEST_BLOCKS_FOR_INTERVAL } from './profiles.js';

/** How much is measured of each condition. */
export interface Size {
  readonly windowMs: number;
  /** Conditions that have more are cut down to this. */
  readonly blocksMax: number;
}

/** Less has too few slices for a median. */
const WINDOW_FLOOR_MS = 200;
const WINDOW_STEPS = [1, 0.9, 0.8, 0.7, 0.6, 0.5];

/** What a person chose stays. */
export interface Fixed {
  readonly window: boolean;
  readonly blocks: boolean;
}

/** From the wished size to the smallest that still says something, largest first. */
export function shrinking({ windowMs, blocksMax }: Size, fixed: Fixed): Size[] {
  const shorter = WINDOW_STEPS.map((share) => Math.round(share * windowMs));
  const windows = fixed.window
    ? [windowMs]
    : shorter.filter((ms) => ms === windowMs || ms >= WINDOW_FLOOR_MS);
  const least = fixed.blocks ? blocksMax : Math.min(blocksMax, FEWEST_BLOCKS_FOR_INTERVAL);
  const fewer = Array.from({ length: blocksMax - least }, (_, i) => blocksMax - 1 - i);
  const shortest = windows.at(-1) ?? windowMs;
  return [
    ...windows.map((window) => ({ windowMs: window, blocksMax })),
    ...fewer.map((blocks) => ({ windowMs: shortest, blocksMax: blocks })),
  ];
}

/** The largest size whose likely duration is within the budget; null when there is none. */
export function fitting<T>(
  sizes: readonly Size[],
  budgetMs: number,
  make: (size: Size) => T & { readonly duration: { readonly likelyMs: number } },
): T | null {
  for (const size of sizes) {
    const made = make(size);
    if (made.duration.likelyMs <= budgetMs) return made;
  }
  return null;
}
