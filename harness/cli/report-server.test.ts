import { symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeResults } from '../results/testing.js';
import { serveRuns } from './report-server.js';
import { FakeIo, FakeRepository } from './testing.js';

const OLD = '20260101-000000-00aa';
const NEW = '20260202-000000-00bb';

interface Reply {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

describe('serveRuns', () => {
  let repository: FakeRepository;
  let io: FakeIo;
  let url = '';
  let served: Promise<void>;

  beforeAll(async () => {
    repository = await FakeRepository.create();
    for (const runId of [OLD, NEW]) {
      const results = makeResults({ header: { runId }, blocks: 1, connections: [64] });
      await repository.putRun(runId, results);
    }
    await symlink(NEW, path.join(repository.reports, 'latest'));
    await writeFile(path.join(repository.reports, 'secret.txt'), 'secret');
    io = new FakeIo(repository.root);
    const { renderReport } = repository.deps();
    const input = { folder: repository.reports, port: 0, io, renderReport };
    await new Promise<void>((ready, reject) => {
      served = serveRuns(input, async (where) => {
        url = where;
        ready();
      });
      served.catch(reject);
    });
  });
  afterAll(() => repository.remove());

  /** The path goes out as it is: fetch would tidy it up. */
  function ask(target: string, options: { host?: string; method?: string } = {}): Promise<Reply> {
    const { hostname, port, host } = new URL(url);
    return new Promise((resolve, reject) => {
      const headers = { host: options.host ?? host };
      const method = options.method ?? 'GET';
      request({ hostname, port, path: target, headers, method, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => {
          body += text;
        });
        const { statusCode: status, headers: got } = response;
        response.on('end', () => resolve({ status, type: got['content-type'], body }));
      })
        .on('error', reject)
        .end();
    });
  }

  it('listens on this machine alone', () => {
    expect(new URL(url).hostname).toBe('127.0.0.1');
  });

  it('lists the runs', async () => {
    const { status, type, body } = await ask('/');
    expect([status, type]).toEqual([200, 'text/html; charset=utf-8']);
    expect(body).toContain(`href="${OLD}/report.html"`);
  });

  it('gives a report, made where none was written, and its data', async () => {
    expect((await ask(`/${OLD}/report.html`)).body).toBe(`<!doctype html>${OLD}`);
    expect((await ask('/latest/')).body).toBe(`<!doctype html>${NEW}`);
    const { type, body } = await ask(`/${OLD}/results.json`);
    expect(type).toBe('application/json; charset=utf-8');
    expect(JSON.parse(body).header.runId).toBe(OLD);
    expect((await ask(`/${OLD}/trials.ndjson`)).body.split('\n')[0]).toContain(OLD);
  });

  it('puts two runs side by side', async () => {
    const { status, body } = await ask(`/compare?a=${OLD}&b=latest`);
    expect(status).toBe(200);
    expect(body).toContain(`href="/${OLD}/report.html"`);
  });

  it.each([
    '/secret.txt',
    '/../package.json',
    '/%2e%2e/servers/go-net/variant.json',
    `/${OLD}/../secret.txt`,
    `/${OLD}/..%2fsecret.txt`,
    `/${OLD}/variant.json`,
    `/${OLD}/results.json/more`,
    '/20260303-000000-00cc/report.html',
    '/compare?a=../secret&b=latest',
  ])('gives nothing for %s', async (target) => {
    const { status, body } = await ask(target);
    expect(status).toBe(404);
    expect(body).not.toContain('secret"');
  });

  it('refuses other hosts and other methods', async () => {
    expect((await ask('/', { host: 'evil.example' })).status).toBe(403);
    expect((await ask('/', { method: 'POST' })).status).toBe(405);
  });

  it('says who has its port', async () => {
    const port = Number(new URL(url).port);
    const input = { folder: repository.reports, port, io, renderReport: async () => '' };
    await expect(serveRuns(input, async () => {})).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}`,
    );
  });

  it('ends when it is interrupted, and leaves nothing behind', async () => {
    io.raise('SIGINT');
    await served;
    expect(io.listeners).toBe(0);
    await expect(ask('/')).rejects.toThrow('ECONNREFUSED');
  });
});
