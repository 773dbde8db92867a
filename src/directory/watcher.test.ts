import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../runtime/clock.ts';
import { chokidarWatch } from './watcher.ts';

let top = '';
beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'cvmsg-watch-')));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

/** Does something again and again until the watcher has heard of it. */
async function heard(folder: string, act: (n: number) => void): Promise<boolean> {
  let wake = () => {};
  const event = new Promise<true>((resolve) => {
    wake = () => resolve(true);
  });
  const unwatch = chokidarWatch(folder, wake);
  try {
    for (let n = 0; n < 200; n++) {
      act(n);
      const again = systemClock.sleep(50).then(() => false as const);
      if (await Promise.race([event, again])) return true;
    }
    return false;
  } finally {
    unwatch();
  }
}

describe('chokidarWatch', () => {
  it('hears of a link that is renamed over another', async () => {
    for (const name of ['git', 'git/0', 'git/1']) mkdirSync(join(top, name));
    symlinkSync('0', join(top, 'git', 'link'));
    const swapped = await heard(join(top, 'git'), (n) => {
      // Made elsewhere, so that nothing but the rename happens in the folder.
      symlinkSync(String(n % 2), join(top, 'link.tmp'));
      renameSync(join(top, 'link.tmp'), join(top, 'git', 'link'));
    });
    expect(swapped).toBe(true);
  });

  it('hears of a file that is written', async () => {
    expect(await heard(top, (n) => writeFileSync(join(top, 'a.yaml'), `# ${n}\n`))).toBe(true);
  });

  it('takes a folder that is not there without an error', () => {
    chokidarWatch(join(top, 'nowhere'), () => {})();
  });
});
