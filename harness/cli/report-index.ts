/** What is known of every run in a folder, newest first; one that cannot be read is listed, not lost. */
import path from 'node:path';
import type { IndexEntry } from '../report/index-page.js';
import { readResults } from '../results/file.js';
import { listRuns } from './folders.js';

/** One after another: results of many runs at once would not fit into memory. */
export async function indexEntries(folder: string): Promise<IndexEntry[]> {
  const { indexEntry } = await import('../report/index-page.js');
  const entries: IndexEntry[] = [];
  for (const id of await listRuns(folder)) {
    try {
      entries.push(indexEntry(id, await readResults(path.join(folder, id, 'results.json'))));
    } catch (error) {
      entries.push({ kind: 'unreadable', folder: id, why: (error as Error).message });
    }
  }
  return entries;
}
