import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { checkPlatform, OLDEST_NODE } from './platform.mjs';

const check = (platform: string, nodeVersion: string) => () =>
  checkPlatform({ platform, nodeVersion });

describe('checkPlatform', () => {
  it.each(['v20.19.0', 'v20.20.2', 'v22.0.0', 'v24.1.0'])('takes Node %s', (version) => {
    expect(check('linux', version)).not.toThrow();
  });

  it.each(['v18.20.4', 'v20.18.3', 'v8.0.0'])('refuses Node %s and says what to do', (version) => {
    expect(check('linux', version)).toThrow(`Node ${version} is too old: iomodels needs 20.19`);
    expect(check('linux', version)).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('nodejs.org') }),
    );
  });

  it('refuses other systems than Linux by name', () => {
    expect(check('darwin', 'v22.0.0')).toThrow('this is darwin');
  });

  it('agrees with package.json', () => {
    const { major, minor } = OLDEST_NODE;
    expect(packageJson.engines.node).toBe(`>=${major}.${minor}`);
  });
});
