/**
 * The entries whose value is not undefined: `{ id, ...given({ why }) }` has a `why` only where
 * there is one, as exactOptionalPropertyTypes asks of an optional property.
 */
export function given<T extends object>(
  values: T,
): { -readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  const there = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as Partial<{ [K in keyof T]: Exclude<T[K], undefined> }>;
}
