/** Commands as a person types them. */

/** Words of a command line that a shell reads as they are: `cd 'my folder'`. */
export function inShell(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
