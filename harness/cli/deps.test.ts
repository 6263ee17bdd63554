import { expect, it } from 'vitest';
import { openInBrowser } from './deps.js';

it('says what to do where there is no display', async () => {
  await expect(openInBrowser('/x/report.html', { DISPLAY: '' })).rejects.toMatchObject({
    message: 'there is no display here to open a browser on',
    remedy: 'open /x/report.html yourself',
  });
});
