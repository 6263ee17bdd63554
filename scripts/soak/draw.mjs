/** The samples of a soak as CSV and as a drawing. */

import * as vega from 'vega';
import { compile } from 'vega-lite';

/** @typedef {{ name: string, samples: readonly import('./server.mjs').Sample[] }} Watched */

/** @param {readonly Watched[]} servers */
export function csv(servers) {
  const rows = servers.flatMap(({ name, samples }) =>
    samples.map((s) => [name, s.seconds.toFixed(1), s.rssBytes, s.fds, s.threads].join(',')),
  );
  return `${['variant,seconds,rss_bytes,fds,threads', ...rows].join('\n')}\n`;
}

/**
 * @param {string} field
 * @param {string} title
 */
const panel = (field, title) => ({
  mark: { type: /** @type {const} */ ('line'), strokeWidth: 1 },
  width: 640,
  height: 180,
  encoding: {
    x: { field: 'seconds', type: /** @type {const} */ ('quantitative'), title: 'seconds' },
    y: { field, type: /** @type {const} */ ('quantitative'), title },
    color: { field: 'variant', type: /** @type {const} */ ('nominal'), title: null },
  },
});

/** Resident memory above, descriptors below. @param {readonly Watched[]} servers */
export async function svg(servers) {
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
