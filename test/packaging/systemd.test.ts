import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const UNIT = 'manifests/systemd/cvmsg.service';
const available = spawnSync('systemd-analyze', ['--version']).status === 0;

describe.skipIf(!available)(
  `the systemd unit${available ? '' : ' (skipped: no systemd-analyze on this machine)'}`,
  () => {
    let folder = '';
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'cvmsg-unit-'));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const verify = (path: string) => {
      const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], {
        encoding: 'utf8',
      });
      return `${stdout}${stderr}`;
    };

    it('is read by systemd without a complaint', () => {
      const path = join(folder, 'cvmsg.service');
      copyFileSync(UNIT, path);
      expect(verify(path)).toBe('');
    });

    it('would be complained about with a setting that is none', () => {
      const path = join(folder, 'planted.service');
      writeFileSync(path, readFileSync(UNIT, 'utf8').replace('NoNewPrivileges', 'NoNewPrivilege'));
      expect(verify(path)).toContain('NoNewPrivilege');
    });

    it('is exposed less than 2 of 10', () => {
      const args = ['security', '--offline=true', '--threshold=20', '--no-pager', UNIT];
      expect(() => execFileSync('systemd-analyze', args, { stdio: 'pipe' })).not.toThrow();
    });
  },
);
