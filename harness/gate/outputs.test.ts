import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { renderJunit, renderMarkdown } from './outputs.js';
import { gateFileSchema } from './schema.js';
import { gateFile, rowOf } from './testing.js';
import { changeText, findingText, shareText, valueText } from './text.js';

it('is made from a file that its schema accepts', () => {
  expect(gateFileSchema.parse(gateFile())).toEqual(gateFile());
});

describe('text', () => {
  it.each([
    [0.0334, '+3.3 %'],
    [-0.00001, '0 %'],
    [0.256, '+26 %'],
    [-0.0012, '-0.12 %'],
    [null, '-'],
  ])('change %d', (share, text) => {
    expect(changeText(share)).toBe(text);
  });

  it('is short for values and shares', () => {
    expect([valueText(3), valueText(51_234.5), valueText(0.02041), valueText(null)]).toEqual([
      ...['3', '51235', '0.02041', '-'],
    ]);
    expect(shareText(0.05)).toBe('5 %');
  });

  it('says of an inconclusive row what would have been seen', () => {
    const row = rowOf({ verdict: 'inconclusive', why: 'neither', detectable: 0.093 });
    expect(findingText(row)).toBe(
      '+1 % (-1 % to +3 %), allowed 5 %: neither; would have seen 9.3 %',
    );
  });
});

describe('Markdown', () => {
  it('leads with the word and what is not a pass, and folds the rest', () => {
    const text = renderMarkdown(gateFile());
    const [first = ''] = text.split('\n');
    expect(first).toBe('## Gate: FAIL: of 5 rows 1 fail, 2 pass, 1 inconclusive, 1 skipped');
    const [shown = '', folded = ''] = text.split('<details>');
    expect(shown).toContain(
      '| **fail** | demo | keepalive-c1 | system calls/request | 3 | 4 | +33 %',
    );
    expect(shown).not.toContain('| pass |');
    expect(folded).toContain('| pass |');
  });

  it('takes no text for markup', () => {
    const row = rowOf({ verdict: 'fail', why: '<img src=x> | **bold**\n# head' });
    const text = renderMarkdown(gateFile({ rows: [row], unused: ['[a](b)'] }));
    expect(text).not.toContain('<img');
    expect(text).not.toMatch(/^# head/m);
    expect(text).toContain('\\[a\\](b)');
  });
});

/** As another program reads it. */
function parsed(xml: string): unknown {
  const script = `
import json, sys, xml.etree.ElementTree as tree
def plain(node):
    return {'tag': node.tag, **node.attrib, 'children': [plain(child) for child in node]}
print(json.dumps(plain(tree.fromstring(sys.stdin.read()))))`;
  return JSON.parse(execFileSync('python3', ['-c', script], { input: xml, encoding: 'utf8' }));
}

describe('JUnit XML', () => {
  it('has a suite per lane, a failure per failed row, and skips what could not be decided', () => {
    expect(parsed(renderJunit(gateFile()))).toMatchObject({
      tag: 'testsuites',
      tests: '5',
      failures: '1',
      skipped: '2',
      children: [
        { name: 'gate.correctness', tests: '1', failures: '0' },
        {
          name: 'gate.counts',
          children: [
            { tag: 'properties' },
            {
              tag: 'testcase',
              classname: 'gate.counts.demo',
              name: 'keepalive-c1 system calls/request',
              children: [{ tag: 'failure', message: expect.stringContaining('+33 %') }],
            },
          ],
        },
        { name: 'gate.timing', tests: '3', skipped: '2' },
      ],
    });
  });

  it('holds any text', () => {
    const why = 'said "<x>" & \u0000\u001b[31m\ufffe';
    const file = gateFile({ rows: [rowOf({ verdict: 'fail', change: null, why })], unused: [why] });
    expect(parsed(renderJunit(file))).toMatchObject({
      children: [
        { children: [{}, { children: [{ message: 'said "<x>" & [31m' }] }] },
        { name: 'gate.accept', failures: '1' },
      ],
    });
  });
});
