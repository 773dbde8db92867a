import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Program } from './program.ts';

describe('demo', () => {
  it('says which of its files is broken, and does not call that in sync', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'cvmsg-demo-test-'));
    try {
      const source = join(scratch, 'bindings');
      mkdirSync(source);
      const binding = (name: string, more = '') =>
        `apiVersion: cvmsg.dev/v1alpha1\nkind: CvmSecurityGroupBinding\nmetadata: {name: ${name}}\nspec: ` +
        `{region: ap-guangzhou, instanceIds: [ins-g${name}0001, ins-g${name}0002], sgIds: [sg-web00001, sg-admin001]${more}}\n`;
      writeFileSync(join(source, 'web.yaml'), binding('web'));
      writeFileSync(join(source, 'api.yaml'), binding('api', ', mode: Watch'));
      const { code, stdout, stderr } = await new Program(['demo', '--once', '--source', source]).ended;
      expect(stderr).toContain(`${source}/api.yaml:4:`);
      expect(stderr).toContain('"Watch" is not one of Enforce, Observe');
      expect(stderr).toMatch(/error: 1 finding in ".*bindings"; what is said there is not in force\n$/);
      expect(stdout).not.toContain('All in sync.');
      expect(code).toBe(1);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });

  it('converges, shows a reorder repaired, by which journal entry and what it had opened, and ends with 0', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'cvmsg-demo-test-'));
    mkdirSync(join(scratch, 'tmp'));
    try {
      const source = join(scratch, 'bindings');
      const env = { TMPDIR: join(scratch, 'tmp') };
      const { code, stdout, stderr } = await new Program(['demo', '--once', '--source', source], { env })
        .ended;
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^40 simulated instances at http:\/\/127\.0\.0\.1:\d+/);
      expect(stdout).toMatch(/^Converged: 31 instances written in \d+ calls\.$/m);
      expect(stdout).toMatch(
        /^ins-gweb0001 +order changed by hand +\[sg-web00001, sg-edge0001, sg-admin001\] +\[sg-edge0001, sg-web00001, sg-admin001\] +#\d+$/m,
      );
      expect(stdout).toMatch(
        /^ins-sbat0010 +group added by hand +\[sg-byhand01, sg-batch001, sg-ops00001\] +\[sg-batch001, sg-ops00001\] +#\d+$/m,
      );
      expect(stdout).toMatch(
        /^ {2}ins-gweb0001 {2}opens {2}tcp\/22 {2}from 0\.0\.0\.0\/0 except 10\.0\.0\.0\/8 {2}on 1 instance {2}\(because of sg-web00001 ingress #1 ACCEPT tcp:22 0\.0\.0\.0\/0; before: sg-edge0001 ingress #1 DROP tcp:22,3389 0\.0\.0\.0\/0\)$/m,
      );
      expect(stdout).toMatch(
        /^ {2}ins-sbat0010 {2}opens {2}tcp\/3389 {2}from 0\.0\.0\.0\/0 {2}on 1 instance /m,
      );
      expect(stdout).toMatch(/^shop +web +True +12\/12 /m);
      expect(stdout).toMatch(/\nAll in sync\.\n$/);
      expect(code).toBe(0);
      expect(readdirSync(source)).toHaveLength(5);
      expect(readdirSync(join(scratch, 'tmp'))).toEqual([]);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });

  it('ends when it is interrupted, and leaves no folder behind', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'cvmsg-demo-test-'));
    mkdirSync(join(scratch, 'tmp'));
    try {
      const demo = new Program(['demo', '--once'], { env: { TMPDIR: join(scratch, 'tmp') } });
      await demo.says('40 simulated instances');
      expect(readdirSync(join(scratch, 'tmp'))).toHaveLength(1);
      expect(await demo.stop('SIGINT')).toMatchObject({ code: 130, stderr: '' });
      expect(readdirSync(join(scratch, 'tmp'))).toEqual([]);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });

  it('has nothing to do with the cloud that the configuration is about', async () => {
    const cloud = { CVMSG_ROOT_DOMAIN: 'internal.tencentcloudapi.com', CVMSG_CA_FILE: '/nonexistent/ca.pem' };
    const env = {
      ...cloud,
      CVMSG_CREDENTIALS_FILE: '/nonexistent/keys',
      CVMSG_ENDPOINT: 'http://127.0.0.1:9',
    };
    const { code, stdout, stderr } = await new Program(['demo', '--once'], { env }).ended;
    expect(stderr).toBe('');
    expect(stdout).toMatch(/\nAll in sync\.\n$/);
    expect(code).toBe(0);
  });
});
