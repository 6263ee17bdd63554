/** Opens a page in the reader's browser. */
import open from 'open';
import { UserError } from '../errors.js';

/** A file or a URL. Rejects with UserError where there is no screen to open it on. */
export async function openInBrowser(target: string, env = process.env): Promise<void> {
  const hasScreen = [env.DISPLAY, env.WAYLAND_DISPLAY].some((name) => (name ?? '') !== '');
  if (!hasScreen) {
    const remedy = `open ${target} yourself`;
    throw new UserError('there is no display here to open a browser on', remedy);
  }
  try {
    await open(target);
  } catch (cause) {
    throw new UserError(
      `no browser could be opened: ${(cause as Error).message}`,
      `open ${target} yourself`,
      { cause },
    );
  }
}
