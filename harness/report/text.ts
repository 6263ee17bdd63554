/** Texts of others, made fit for the page. Pure. */

/** Cuts a text to `max` characters in its middle: names mostly differ at their end. */
export function clipMiddle(text: string, max: number): string {
  const characters = [...text];
  if (characters.length <= max) return text;
  const head = Math.floor((max - 1) / 2);
  const tail = characters.length - (max - 1 - head);
  return `${characters.slice(0, head).join('')}…${characters.slice(tail).join('')}`;
}

/** One argument as a POSIX shell would need it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** With every number and its `%` on one line. */
export function unbroken(text: string): string {
  return text.replaceAll(/(\d) %/g, '$1\u00a0%');
}
