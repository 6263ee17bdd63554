import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { gateFile, rowOf } from '../../gate/testing.js';
import { renderGatePage } from './page.js';
import { stripAxis } from './strip.js';

describe('the page of a gate run', () => {
  it('says first what failed and by how much, then shows every row and every count', async () => {
    const page = await renderGatePage(gateFile());
    const [head = '', rest = ''] = page.split('</header>');
    expect(head).toContain('FAIL: of 5 rows 1 fail, 2 pass, 1 inconclusive, 1 skipped');
    expect(head).toContain('demo, keepalive-c1, system calls/request: +33\u00a0%');
    expect(head).toContain('p99 us: +1\u00a0% (-1\u00a0% to +3\u00a0%), allowed 15\u00a0%');
    expect(rest.match(/<tr class="fail">/g)).toHaveLength(1);
    expect(rest).toContain('3, 3, 3, 3, 3');
    expect(rest).toContain('4, 4, 4, 4, 4');
  });

  it('loads nothing, runs nothing, and allows its own style sheet alone', async () => {
    const page = await renderGatePage(gateFile());
    const style = /<style>(.*?)<\/style>/s.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page).toContain(`style-src &#39;sha256-${hash}&#39;`.replaceAll('&#39;', "'"));
    expect(page).not.toMatch(/\s(src|href)="(?!data:|#)/);
    expect(page).not.toMatch(/\sstyle="/);
    expect(page.match(/<script/g)).toHaveLength(1);
  });

  it('holds hostile text as text, in the page and in its data', async () => {
    const why = '</script><script>alert(1)</script>';
    const page = await renderGatePage(gateFile({ rows: [rowOf({ verdict: 'fail', why })] }));
    expect(page).not.toContain('<script>alert');
    expect(page.match(/<script/g)).toHaveLength(1);
  });

  it('carries the whole file, to be read by others', async () => {
    const page = await renderGatePage(gateFile());
    const json =
      /<script id="gate" type="application\/json">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
    expect(JSON.parse(json)).toEqual(gateFile());
  });
});

it('draws all rows of a lane on one axis, no change in the middle, far ones at its end', () => {
  const { axis, reach } = stripAxis([rowOf({ change: 0.04 }), rowOf({ change: 3 })]);
  expect(reach).toBe(0.6);
  expect(axis(0)).toBe(120);
  expect(axis(3)).toBe(axis(0.6));
  expect(axis(-0.1)).toBeLessThan(axis(0));
});
