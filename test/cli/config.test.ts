import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { A, B, bindingText, instanceId, Workspace } from './workspace.ts';

describe.concurrent('settings', () => {
  it.each([
    {
      file: 'endpoitn: http://127.0.0.1:1',
      at: ':1:1: there is no flag `endpoitn`; did you mean `endpoint`?',
      reason: 'a mistyped name',
    },
    {
      file: 'api: v2\nrun:\n  sorce: x',
      at: ':3:3: there is no flag `sorce`; did you mean `source`?',
      reason: 'a mistyped name of a command',
    },
    { file: 'api: v9', at: ':1:6: api: Expected one of auto, v2, v3, got "v9"', reason: 'a wrong value' },
    { file: 'api: [v2\n', at: ':2:1: ', reason: 'broken YAML' },
    { file: 'api: v2\napi: v3\n', at: ':2:1: ', reason: 'a name given twice' },
    {
      file: 'root-domain: https://tencentcloudapi.com',
      at: ':1:14: root-domain: Expected a domain',
      reason: 'a root domain that is none',
    },
    { file: '- api', at: ':1:1: expected flags', reason: 'a list' },
    { file: 'secret-key: topsecretvalue', at: ':1:1: there is no flag `secret-key`', reason: 'a secret' },
  ])('refuses a config file with $reason, at its line and column', async ({ file, at }) => {
    await using workspace = await Workspace.open([]);
    const path = join(workspace.folder, 'cvmsg.yaml');
    writeFileSync(path, file);
    const { code, stderr } = await workspace.run(['plan', workspace.bindings, '--config', path]);
    expect(stderr).toContain(`error: ${path}${at}`);
    expect(stderr).not.toContain('topsecretvalue');
    expect(code).toBe(1);
  });

  it.each(['traffic: require\n', 'traffic:\n  from: 203.0.113.7\n'])(
    'tells a flag of all commands from a command that is called like it: %s',
    async (file) => {
      await using workspace = await Workspace.open([[A, B]]);
      workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
      const path = join(workspace.folder, 'cvmsg.yaml');
      writeFileSync(path, file);
      const { code, stderr } = await workspace.run(['plan', workspace.bindings, '--config', path]);
      expect([code, stderr]).toEqual([0, '']);
    },
  );

  it('refuses one address for everything beside a root domain', async () => {
    await using workspace = await Workspace.open([]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    const { code, stderr } = await workspace.run(['plan', workspace.bindings], {
      env: { CVMSG_ROOT_DOMAIN: 'internal.tencentcloudapi.com' },
    });
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('--endpoint and --root-domain exclude each other'),
    ]);
  });

  it('takes a proxy by host and port, and names the host that it refuses', async () => {
    await using workspace = await Workspace.open([]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    const proxy = createServer().on('connect', (_, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const { stderr } = await workspace.run(['plan', workspace.bindings], {
      env: { CVMSG_ENDPOINT: '', HTTPS_PROXY: `127.0.0.1:${port}` },
    });
    proxy.close();
    expect(stderr).toMatch(
      /error: the cloud cannot be reached .*the proxy refused to connect to "cvm\.api\.qcloud\.com": .*--api v3/,
    );
  });

  it('takes the command line before the environment, that before the file, and that before the default', async () => {
    await using workspace = await Workspace.open([[B, A]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    const path = join(workspace.folder, 'cvmsg.yaml');
    writeFileSync(path, 'output: yaml\nno-color: true\nplan:\n  timeout: 30s\n');
    const plan = async (args: string[], env: Record<string, string>) =>
      (await workspace.run(['plan', workspace.bindings, ...args], { env })).stdout;
    const byDefault = plan([], {});
    const byFile = plan([], { CVMSG_CONFIG: path });
    const byEnvironment = plan([], { CVMSG_CONFIG: path, CVMSG_OUTPUT: 'markdown' });
    const byFlag = plan(['-o', 'json'], { CVMSG_CONFIG: path, CVMSG_OUTPUT: 'markdown' });
    expect(await byDefault).toContain('shop/web  ap-guangzhou');
    expect(await byFile).toMatch(/^revision: sha256:/);
    expect(await byEnvironment).toMatch(/^### cvmsg plan: 1 instance to change/);
    expect(JSON.parse(await byFlag)).toMatchObject({ summary: { changes: 1 } });
  });

  it.each([
    {
      env: { CVMSG_API: 'v9' },
      words: 'CVMSG_API: Expected one of',
      reason: 'a wrong value in the environment',
    },
    {
      env: { CVMSG_CA_FILE: '/nonexistent.pem' },
      words: '--ca-file: "/nonexistent.pem" cannot be read',
      reason: 'a CA file that is not there',
    },
    {
      env: { CVMSG_ENDPOINT: 'http://cloud.example' },
      words: '--allow-insecure-endpoint',
      reason: 'plain http to another machine',
    },
    {
      env: { CVMSG_ENDPOINT: 'https://u:pw123@h' },
      words: 'no user name or password',
      reason: 'a password in the endpoint',
    },
    {
      env: { CVMSG_CONFIG: '/nonexistent.yaml' },
      words: 'the config file "/nonexistent.yaml" cannot be read',
      reason: 'a config file that is not there',
    },
  ])('refuses $reason', async ({ env, words }) => {
    await using workspace = await Workspace.open([]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A] }));
    const { code, stderr } = await workspace.run(['plan', workspace.bindings], {
      env: env as Record<string, string>,
    });
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('pw123');
    expect(code).toBe(1);
  });
});

it('names the flag for plain http only where that is what is wrong, whatever the host is called', async () => {
  await using workspace = await Workspace.open([]);
  workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A] }));
  const env = { CVMSG_ENDPOINT: 'https://insecure.example/path' };
  const { code, stderr } = await workspace.run(['plan', workspace.bindings], { env });
  expect(stderr).toContain('scheme, host and port alone');
  expect(stderr).not.toContain('--allow-insecure-endpoint');
  expect(code).toBe(1);
});

describe('a mistyped variable', () => {
  it('is warned of by the name that was meant; others are left alone', async () => {
    await using workspace = await Workspace.open([]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A] }));
    const env = { CVMSG_ENDPIONT: 'x', CVMSG_SERVICE_HOST: '10.0.0.1' };
    const { code, stderr } = await workspace.run(['validate', workspace.bindings], { env });
    expect(stderr).toBe(
      'warning: CVMSG_ENDPIONT means nothing to cvmsg and is ignored; did you mean CVMSG_ENDPOINT?\n',
    );
    expect(code).toBe(0);
  });
});
