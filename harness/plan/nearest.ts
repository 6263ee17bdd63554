/** The nearest of a list of names, for messages about names that do not exist. */
import { closest, distance } from 'fastest-levenshtein';

/** A typing slip is at most this share of the longer word. */
const LARGEST_SLIP = 0.4;

/** The name that was probably meant, or null when none is near. */
export function nearest(word: string, names: readonly string[]): string | null {
  if (names.length === 0) return null;
  const found = closest(word.toLowerCase(), names);
  const slip = distance(word.toLowerCase(), found) / Math.max(word.length, found.length);
  // `epoll` is far from `callback-epoll` by letters, and still what one types.
  if (slip <= LARGEST_SLIP) return found;
  return names.find((name) => word.length >= 3 && name.includes(word.toLowerCase())) ?? null;
}

/** `did you mean go-net? There are callback-epoll, coroutine-epoll and go-net`. */
export function whatExists(word: string, names: readonly string[]): string {
  const meant = nearest(word, names);
  const all = names.length === 0 ? 'there are none' : `there is ${names.join(', ')}`;
  const list = names.length > 1 ? `there are ${names.join(', ')}` : all;
  return meant === null ? list : `did you mean ${meant}? ${list}`;
}
