import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CERT, KEY } from '../wire/self-signed.ts';
import { Program } from './program.ts';
import { A, B, bindingText, fleetOf, instanceId, Workspace } from './workspace.ts';

async function simulate(workspace: Workspace, ...args: string[]) {
  const program = new Program(['simulate', '--listen', '127.0.0.1:0', ...args]);
  await program.says('CVMSG_ENDPOINT=');
  const env = Object.fromEntries(
    [...program.stdout.matchAll(/^export (\w+)=(.+)$/gm)].map(([, name, value]) => [name, value]),
  );
  return { program, env: env as Record<string, string>, url: env.CVMSG_ENDPOINT ?? '', workspace };
}

describe.concurrent('simulate', () => {
  it('prints what a pipeline needs, serves it, keeps its state across restarts, and ends with 0', async () => {
    await using workspace = await Workspace.open([]);
    const fleet = join(workspace.folder, 'fleet.yaml');
    writeFileSync(fleet, JSON.stringify(fleetOf([[B, A]])));
    const state = join(workspace.folder, 'sim.json');
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    const first = await simulate(workspace, '--fleet', fleet, '--state', state);
    expect(first.program.stdout).toContain('1 instance in ap-guangzhou');
    const applied = await workspace.run(['apply', workspace.bindings, '--yes'], { env: first.env });
    expect(applied.code).toBe(0);
    expect((await first.program.stop()).code).toBe(0);

    const second = await simulate(workspace, '--fleet', fleet, '--state', state);
    expect(second.program.stdout).toContain('(restored from its state file)');
    expect(second.env.TENCENTCLOUD_SECRET_KEY).toBe(first.env.TENCENTCLOUD_SECRET_KEY);
    const response = await fetch(`${second.url}/_sim/instances/${instanceId(0)}`);
    expect(await response.json()).toMatchObject({ securityGroupIds: [A, B] });
    expect((await second.program.stop('SIGINT')).code).toBe(0);
  });

  it('makes a fleet of any size and takes faults as JSON and as words', async () => {
    await using workspace = await Workspace.open([]);
    const faults = ['--fault', '{"kind": "throttle", "probability": 0.5}', '--fault', 'kind=latency,ms=5'];
    const { program, url } = await simulate(
      workspace,
      '--instances',
      '7',
      '--regions',
      'gz,ap-shanghai',
      ...faults,
    );
    expect(program.stdout).toContain('7 instances in ap-guangzhou, ap-shanghai');
    const response = await fetch(`${url}/_sim/faults`);
    expect(await response.json()).toMatchObject({
      faults: [{ kind: 'throttle' }, { kind: 'latency', ms: 5 }],
    });
    await program.stop();
  });

  it('warns of a region that is probably mistyped, and serves it all the same: it may be new', async () => {
    await using workspace = await Workspace.open([]);
    const { program } = await simulate(workspace, '--regions', 'ap-guangzhuo,xx-new');
    const ended = await program.stop();
    expect(ended.stderr.split('\n')[0]).toBe(
      'warning: --regions: no region is known as "ap-guangzhuo"; did you mean "ap-guangzhou"?',
    );
    expect(ended.stderr.match(/warning/g)).toHaveLength(1);
    expect(ended.stdout).toContain('10 instances in ap-guangzhuo, xx-new');
    expect(ended.code).toBe(0);
  });

  it('serves https to whoever trusts its certificate, and to nobody else', async () => {
    await using workspace = await Workspace.open([]);
    const keep = (name: string, content: string) => {
      const path = join(workspace.folder, name);
      writeFileSync(path, content);
      return path;
    };
    const cert = keep('cert.pem', CERT);
    const fleet = keep('fleet.json', JSON.stringify(fleetOf([[B, A]])));
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    const tls = ['--tls-cert', cert, '--tls-key', keep('key.pem', KEY)];
    const { program, env, url } = await simulate(workspace, '--fleet', fleet, ...tls, '--latency', '5');
    expect(url).toMatch(/^https:/);
    const [trusting, other] = await Promise.all([
      workspace.run(['plan', workspace.bindings, '--ca-file', cert], { env }),
      workspace.run(['plan', workspace.bindings], { env }),
    ]);
    expect(trusting.code).toBe(2);
    expect(other.stderr).toMatch(/DEPTH_ZERO_SELF_SIGNED_CERT|self-signed/);
    expect(other.code).toBe(1);
    await program.stop();
  });

  it.each([
    {
      args: ['--fault', '{"kind": "trottle"}'],
      words: '--fault: Expected `kind` to be one of',
      reason: 'an unknown fault',
    },
    {
      args: ['--regions', 'ap-guangzhou,Nowhere land'],
      words: '--regions: Expected regions such as ap-guangzhou,ap-shanghai, got "Nowhere land"',
      reason: 'what no region can be called',
    },
    {
      args: ['--regions', 'gz,ap-guangzhou'],
      words: '--regions: "ap-guangzhou" is given twice',
      reason: 'a region twice',
    },
    { args: ['--listen', 'here'], words: '--listen: Expected HOST:PORT', reason: 'no address' },
    {
      args: ['--tls-cert', 'x'],
      words: '--tls-cert and --tls-key are needed together',
      reason: 'half of a key pair',
    },
    {
      args: ['--fleet', '/nonexistent.yaml'],
      words: '"/nonexistent.yaml" cannot be read',
      reason: 'a fleet file that is not there',
    },
  ])('refuses $reason', async ({ args, words }) => {
    const { code, stderr } = await new Program(['simulate', ...args]).ended;
    expect(stderr).toContain(words);
    expect(code).toBe(1);
  });
});
