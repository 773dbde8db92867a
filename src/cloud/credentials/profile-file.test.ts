import { expect, it } from 'vitest';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { ProfileFile, parseProfiles } from './profile-file.ts';

const PATH = '/home/u/.tencentcloud/credentials';
const NEVER = new AbortController().signal;
const profile = (id: string) => `[default]\nsecret_id = ${id}\nsecret_key = k\n`;

function setUp(text: string) {
  const disk = { text, mtimeMs: 1, mode: 0o600, reads: 0 };
  const warnings: string[] = [];
  const file = new ProfileFile({
    clock: new VirtualClock(),
    parse: parseProfiles,
    path: PATH,
    files: {
      async readFile() {
        disk.reads += 1;
        return disk.text;
      },
      stat: async () => ({ mtimeMs: disk.mtimeMs, size: disk.text.length, mode: disk.mode }),
    },
    onWarning: (message) => warnings.push(message),
  });
  const id = async () => {
    const answer = await file.source('default', 'failed').load(NEVER);
    return answer.kind === 'found' ? answer.credentials.secretId : answer.reason;
  };
  return { disk, warnings, file, id };
}

it('is read only when it changed', async () => {
  const { disk, id } = setUp(profile('old'));
  await id();
  expect([await id(), disk.reads]).toEqual(['old', 1]);
  disk.text = profile('new');
  expect(await id(), 'same time, same size').toBe('old');
  disk.mtimeMs += 1;
  expect([await id(), disk.reads]).toEqual(['new', 2]);
  disk.text = profile('longer');
  expect(await id(), 'same time, other size').toBe('longer');
});

it('is read again after a reset, even when it looks the same', async () => {
  const { disk, file, id } = setUp(profile('old'));
  await id();
  disk.text = profile('new');
  file.reset();
  expect(await id()).toBe('new');
});

it('that others may read is warned about, once for each version', async () => {
  const { disk, warnings, id } = setUp(profile('a'));
  await id();
  expect(warnings).toEqual([]);
  disk.mode = 0o640;
  await id();
  await id();
  expect(warnings).toEqual([
    `credentials file "${PATH}" can be read by others (mode 640); run: chmod 600 "${PATH}"`,
  ]);
  disk.mode = 0o604;
  await id();
  expect(warnings).toHaveLength(2);
});

it('that cannot be read is a failure with the code of the system', async () => {
  const denied = async () => {
    throw Object.assign(new Error('secret path'), { code: 'EACCES' });
  };
  const file = new ProfileFile({
    path: PATH,
    files: { readFile: denied, stat: denied },
    clock: new VirtualClock(),
    parse: parseProfiles,
  });
  const answer = await file.source('default', 'absent').load(NEVER);
  expect(answer).toEqual({ kind: 'failed', reason: `file "${PATH}" cannot be read: EACCES` });
});
