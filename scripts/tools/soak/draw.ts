/** The samples of a soak as CSV and as a drawing. */
import * as vega from 'vega';
import { compile } from 'vega-lite';
import type { Sample } from './server.js';

interface Watched {
  readonly name: string;
  readonly samples: readonly Sample[];
}

export function csv(servers: readonly Watched[]): string {
  const rows = servers.flatMap(({ name, samples }) =>
    samples.map((s) => [name, s.seconds.toFixed(1), s.rssBytes, s.fds, s.threads].join(',')),
  );
  return `${['variant,seconds,rss_bytes,fds,threads', ...rows].join('\n')}\n`;
}

function panel(field: string, title: string) {
  return {
    mark: { type: 'line', strokeWidth: 1 },
    width: 640,
    height: 180,
    encoding: {
      x: { field: 'seconds', type: 'quantitative', title: 'seconds' },
      y: { field, type: 'quantitative', title },
      color: { field: 'variant', type: 'nominal', title: null },
    },
  } as const;
}

/** Resident memory above, descriptors below. */
export async function svg(servers: readonly Watched[]): Promise<string> {
  const values = servers.flatMap(({ name, samples }) =>
    samples.map(({ seconds, rssBytes, fds }) => ({
      variant: name,
      seconds,
      mib: rssBytes / 2 ** 20,
      fds,
    })),
  );
  const { spec } = compile({
    background: 'white',
    data: { values },
    vconcat: [panel('mib', 'resident memory, MiB'), panel('fds', 'descriptors')],
  });
  return new vega.View(vega.parse(spec), { renderer: 'none' }).toSVG();
}
