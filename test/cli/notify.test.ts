import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { InstanceId, SecurityGroupId } from '../../src/api/ids.ts';
import type { FormatName } from '../../src/notify/formats/all-formats.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { FORMAT_NAMES } from '../notify/target-world.ts';
import { FakeVendor, KEY, SIGNING_SECRET, serveVendor } from '../notify/vendors.ts';
import { Program } from './program.ts';
import { until } from './until.ts';
import { A, B, bindingText, C, instanceId, REGION, Workspace } from './workspace.ts';

/** A workspace with a configuration that names a vendor of each format. */
async function setUp(formats: readonly FormatName[], more = '') {
  const stack = new AsyncDisposableStack();
  const workspace = stack.use(await Workspace.open([[A, B], [A]]));
  const vendors = new Map<FormatName, FakeVendor>();
  const lines: string[] = [];
  writeFileSync(join(workspace.folder, 'secret'), `${SIGNING_SECRET}\n`);
  for (const format of formats) {
    const vendor = new FakeVendor(format, systemClock);
    vendors.set(format, vendor);
    const { url } = stack.use(await serveVendor(vendor));
    writeFileSync(join(workspace.folder, `url-${format}`), `${url}\n`);
    const secret = vendor.isSigned ? ', secretFile: secret' : '';
    lines.push(`  - {name: to-${format}, format: ${format}, urlFile: url-${format}${secret}${more}}`);
  }
  const config = join(workspace.folder, 'notify.yaml');
  writeFileSync(config, `targets:\n${lines.join('\n')}\n`);
  const inline = join(workspace.folder, 'cvmsg.yaml');
  writeFileSync(inline, `log-level: debug\nnotify:\n  targets:\n${lines.join('\n')}\n`);
  return { stack, workspace, vendors, config, inline };
}

const noSecretIn = (text: string) => {
  for (const secret of [KEY, SIGNING_SECRET]) expect(text.includes(secret), secret).toBe(false);
};

describe('cvmsg run with --notify-config', () => {
  it('tells of drift by one message, and of the address nothing', async () => {
    const { stack, workspace, vendors, config } = await setUp(['wecom', 'webhook']);
    await using _ = stack;
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    const program = workspace.start(
      [
        'run',
        '--source',
        workspace.bindings,
        '--interval',
        '1s',
        '--log-level',
        'debug',
        '--http-listen',
        '127.0.0.1:0',
        '--notify-config',
        config,
      ],
      { env: { CVMSG_LOG_FORMAT: 'json' } },
    );
    await until('it runs', () => program.stderr.includes('1 binding, 1 added'));
    await until('it has read', () => /in sync/.test(program.stderr));
    workspace.simulator.state.setList(instanceId(0) as InstanceId, [C] as SecurityGroupId[]);
    const wecom = vendors.get('wecom') as FakeVendor;
    await until('the message', () => wecom.accepted.length > 0);
    const [, url = ''] = /"url":"([^"]+)"/.exec(program.stderr) ?? [];
    await until('the count', async () =>
      (await (await fetch(`${url}/metrics`)).text()).includes(
        'cvmsg_notifications_total{target="to-wecom",result="sent"} 1',
      ),
    );
    await until('the repair', () => workspace.list(0).join() === [A, B].join());
    const { code, stderr } = await program.stop();
    expect(code).toBe(0);
    expect(wecom.accepted).toHaveLength(1);
    expect(wecom.accepted[0]).toContain('drift was found and repaired');
    expect(JSON.parse(vendors.get('webhook')?.accepted[0] ?? '{}')).toMatchObject({
      ...{ version: 1, kind: 'drift', severity: 'warning', reason: 'DriftFound' },
      bindings: ['shop/web'],
      details: [`somebody gave 1 instance (${instanceId(0)}) the list [${C}]`],
    });
    noSecretIn(stderr);
  });

  it('tells of changed rules that open something, and of a document that was never valid', async () => {
    const { stack, workspace, vendors, config } = await setUp(['webhook']);
    await using _ = stack;
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    workspace.write('db.yaml', 'apiVersion: cvmsg.dev/v1alpha1\nkind: CvmSecurityGroupBinding\nspec: [x\n');
    const follow = ['run', '--source', workspace.bindings, '--interval', '1s'];
    const program = workspace.start([...follow, '--notify-config', config]);
    const { accepted } = vendors.get('webhook') as FakeVendor;
    const messages = () => accepted.map((body) => JSON.parse(body) as { kind: string; details: string[] });
    await until('the document', () => messages().some(({ kind }) => kind === 'source'));
    expect(messages()[0]?.details[0]).toMatch(/^db\.yaml:\d+:\d+ \(yaml\//);
    await until('it has read', () => /in sync/.test(program.stderr));
    const open = { action: 'ACCEPT', protocol: 'TCP', port: '22', cidrBlock: '0.0.0.0/0' } as const;
    workspace.simulator.state.addGroup(REGION, { securityGroupId: A, ingress: [open] });
    await until('the rules', () => messages().some(({ kind }) => kind === 'rules'));
    expect(messages().find(({ kind }) => kind === 'rules')).toMatchObject({
      ...{ severity: 'error', reason: 'RulesChanged', bindings: ['shop/web'] },
      details: ['opened tcp/22 from 0.0.0.0/0', expect.stringContaining(instanceId(0))],
    });
    expect((await program.stop()).code).toBe(0);
  });

  it('tells the targets of the config file, whose folder their files are in', async () => {
    const { stack, workspace, vendors, inline } = await setUp(['webhook']);
    await using _ = stack;
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: ['sg-nosuch00'] }));
    const program = workspace.start(['run', '--source', workspace.bindings], {
      env: { CVMSG_CONFIG: inline },
    });
    const { accepted } = vendors.get('webhook') as FakeVendor;
    await until('the message', () => accepted.length > 0);
    expect(JSON.parse(accepted[0] ?? '{}')).toMatchObject({ kind: 'refused', bindings: ['shop/web'] });
    const { code, stderr } = await program.stop();
    expect(code).toBe(0);
    expect(stderr).toContain('messages go to to-webhook (webhook)');
    noSecretIn(stderr);
  });

  it('tells what lasts once over a restart, and what is new then', async () => {
    const { stack, workspace, vendors, config } = await setUp(['webhook']);
    await using _ = stack;
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: ['sg-nosuch00'] }));
    workspace.write('db.yaml', 'kind: CvmSecurityGroupBinding\napiVersion: cvmsg.dev/v1alpha1\nspec: [x\n');
    const { accepted } = vendors.get('webhook') as FakeVendor;
    const reasonOf = (body: string) => (JSON.parse(body) as { reason: string }).reason;
    const told = () => accepted.map(reasonOf).sort();
    const run = () => workspace.start(['run', '--source', workspace.bindings, '--notify-config', config]);
    const first = run();
    await until('both messages', () => told().length === 2);
    expect(told()).toEqual(['InvalidDocument', 'UnknownGroup']);
    expect((await first.stop()).code).toBe(0);
    const next = run();
    await until('it follows', () => next.stderr.includes('1 binding, '));
    const later = { name: 'later', instances: [instanceId(1)], groups: ['sg-nosuch01'] };
    workspace.write('later.yaml', bindingText(later));
    await until('the new message', () => accepted.some((body) => body.includes('sg-nosuch01')));
    expect(told()).toEqual(['InvalidDocument', 'UnknownGroup', 'UnknownGroup']);
    expect((await next.stop()).code).toBe(0);
  });

  it('goes on as ever when its targets cannot be reached, and ends in time', async () => {
    const { stack, workspace, config } = await setUp(['feishu']);
    await using _ = stack;
    writeFileSync(join(workspace.folder, 'url-feishu'), `http://127.0.0.1:1/hook/${KEY}`);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: ['sg-nosuch00'] }));
    const program = workspace.start([
      'run',
      '--source',
      workspace.bindings,
      '--log-level',
      'debug',
      '--notify-config',
      config,
    ]);
    await until('a try', () => program.stderr.includes('is sent again later'));
    const { code, stderr } = await program.stop();
    expect(code).toBe(0);
    noSecretIn(stderr);
  });
});

describe('cvmsg notify', () => {
  it('sends a message in each format that its vendor takes', async () => {
    const { stack, workspace, vendors, config } = await setUp(FORMAT_NAMES, ', severity: error');
    await using _ = stack;
    const { code, stdout, stderr } = await workspace.run(['notify', '--test', '--notify-config', config]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const [format, { accepted, refused }] of vendors) {
      expect({ format, sent: accepted.length, refused }).toEqual({ format, sent: 1, refused: [] });
      expect(stdout).toMatch(new RegExp(`^to-${format} +${format} +sent$`, 'm'));
    }
  });

  it('says which target has failed and why, and ends with 1', async () => {
    const { stack, workspace, vendors, config } = await setUp(['wecom', 'dingtalk']);
    await using _ = stack;
    writeFileSync(join(workspace.folder, 'secret'), 'another secret');
    const { code, stdout } = await workspace.run([
      'notify',
      '--test',
      '-o',
      'json',
      '--notify-config',
      config,
    ]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual([
      { target: 'to-wecom', format: 'wecom', result: 'sent', detail: '' },
      {
        target: 'to-dingtalk',
        format: 'dingtalk',
        result: 'failed',
        detail: 'errcode 310000: sign not match',
      },
    ]);
    const one = await workspace.run(['notify', '--test', '--target', 'to-wecom', '--notify-config', config]);
    expect(one.code).toBe(0);
    expect(vendors.get('dingtalk')?.refused).toHaveLength(1);
  });

  it('shows with --dry-run what would be sent, without the address, and sends nothing', async () => {
    const { stack, workspace, vendors, config } = await setUp(FORMAT_NAMES);
    await using _ = stack;
    const { code, stdout } = await workspace.run(['notify', '--dry-run', '--notify-config', config]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^# to-wecom \(wecom\)\nPOST http:\/\/127\.0\.0\.1:\d+\/\[secret\]$/m);
    expect(stdout).toContain('"msgtype":"markdown"');
    noSecretIn(stdout);
    expect([...vendors.values()].flatMap(({ accepted, refused }) => [...accepted, ...refused])).toEqual([]);
  });

  it('finds the targets of the config file, and will not choose between two places', async () => {
    const { stack, workspace, vendors, config, inline } = await setUp(['dingtalk']);
    await using _ = stack;
    const sent = await workspace.run(['notify', '--test', '--config', inline]);
    expect(sent).toMatchObject({ code: 0, stderr: '' });
    expect(vendors.get('dingtalk')?.accepted).toHaveLength(1);
    for (const command of [
      ['notify', '--test'],
      ['run', '--source', workspace.bindings],
    ]) {
      const both = await workspace.run([...command, '--config', inline], {
        env: { CVMSG_NOTIFY_CONFIG: config },
      });
      expect(both.code).toBe(1);
      expect(both.stderr).toContain(
        `${inline}:4:3: targets are named here and in a file; keep the targets in one place: remove them here, or leave --notify-config "${config}" out`,
      );
    }
    expect(
      (await workspace.run(['get', '--config', inline, '--state-dir', workspace.folder])).stderr,
    ).not.toContain('targets');
    expect(vendors.get('dingtalk')?.accepted).toHaveLength(1);
  });

  it('wants to be told what to do', async () => {
    const { stack, workspace, config } = await setUp(['wecom']);
    await using _ = stack;
    const said = async (...args: string[]) => (await workspace.run(['notify', ...args])).stderr;
    expect(await said('--notify-config', config)).toContain('expected --test');
    expect(await said('--test', '--dry-run', '--notify-config', config)).toContain(
      '--test and --dry-run: say one of them',
    );
    expect(await said('--test')).toContain('--notify-config FILE');
    expect(await said('--test', '--target', 'nobody', '--notify-config', config)).toContain(
      'there is no "nobody"; there are to-wecom',
    );
  });
});

describe('a configuration of notifications that is wrong', () => {
  it.each([
    ['url in place of a file', '{name: a, format: wecom, url: https://x/KEY}', ':2:35: `url` is a secret'],
    ['an unknown format', '{name: a, format: email, urlEnv: HOOK}', 'one of webhook, flux, wecom'],
    ['no address', '{name: a, format: wecom}', 'expected `urlFile` or `urlEnv`, got neither'],
    ['both addresses', '{name: a, format: wecom, urlEnv: HOOK, urlFile: f}', 'got both'],
    ['a variable that is not set', '{name: a, format: wecom, urlEnv: NOT_SET}', 'is not set, or empty'],
    [
      'a file that is not there',
      '{name: a, format: wecom, urlFile: nothing}',
      ':2:39: there is no such file; `urlFile` is the path of one that holds the address, looked for below "/',
    ],
    [
      'the address in place of its file',
      `{name: a, format: wecom, urlFile: "https://x.example.com/${KEY}"}`,
      ':2:39: there is no such file; `urlFile` is the path of one',
    ],
    [
      'the secret in place of its file',
      `{name: a, format: webhook, urlEnv: HOOK, secretFile: "${KEY}"}`,
      ':2:58: there is no such file; `secretFile` is the path of one that holds the secret',
    ],
    [
      'the secret with a zero in place of its file',
      `{name: a, format: webhook, urlEnv: HOOK, secretFile: "${KEY}\\0"}`,
      ':2:58: the file that `secretFile` names cannot be read (ERR_INVALID_ARG_VALUE)',
    ],
    [
      'a folder in place of a file',
      '{name: a, format: wecom, urlFile: /}',
      ':2:39: `urlFile` names "/", which is a directory; name a file in it that holds the address',
    ],
    [
      'an empty file',
      '{name: a, format: wecom, urlFile: /dev/null}',
      ':2:39: the file that `urlFile` names is empty',
    ],
    [
      'a variable of spaces',
      '{name: a, format: webhook, urlEnv: HOOK, secretEnv: SPACES}',
      ':2:57: the variable that `secretEnv` names is not set, or empty',
    ],
    [
      'no URL',
      '{name: a, format: wecom, urlEnv: WORDS}',
      ':2:38: the address of "a" is no URL that begins with https://\n',
    ],
    [
      'no URL of a format that takes http too',
      '{name: a, format: webhook, urlEnv: WORDS}',
      ':2:40: the address of "a" is no URL that begins with https:// or http://\n',
    ],
    ['plain http', '{name: a, format: wecom, urlEnv: PLAIN}', 'is plain http'],
    ['a user in the URL', '{name: a, format: webhook, urlEnv: WITH_USER}', 'has a user in it'],
    [
      'a secret that nothing checks',
      '{name: a, format: slack, urlEnv: HOOK, secretEnv: HOOK}',
      'has no signature',
    ],
    ['a slip of the pen', '{name: a, format: wecom, urlEnv: HOOK, kind: [drift]}', 'did you mean `kinds`?'],
    ['an unknown kind', '{name: a, format: wecom, urlEnv: HOOK, kinds: [drift, all]}', 'one of plan-waits'],
    [
      'two of a name',
      '{name: a, format: wecom, urlEnv: HOOK}\n  - {name: a, format: wecom, urlEnv: HOOK}',
      ':3:12: two targets',
    ],
  ])('is refused at the start with its place: %s', async (_, target, said) => {
    await using workspace = await Workspace.open([[A]]);
    const config = join(workspace.folder, 'notify.yaml');
    writeFileSync(config, `targets:\n  - ${target}\n`);
    chmodSync(config, 0o600);
    const env = {
      HOOK: `https://x.example.com/${KEY}`,
      PLAIN: `http://x.example.com/${KEY}`,
      WORDS: KEY,
      SPACES: '  ',
      WITH_USER: `https://me:${KEY}@x.example.com/`,
    };
    for (const command of [
      ['notify', '--dry-run'],
      ['run', '--source', workspace.bindings],
    ]) {
      const { code, stderr } = await workspace.run([...command, '--notify-config', config], { env });
      expect(code).toBe(1);
      expect(stderr).toContain(said);
      expect(stderr).toContain('notify.yaml:');
      noSecretIn(stderr);
    }
    const inline = join(workspace.folder, 'cvmsg.yaml');
    writeFileSync(inline, `notify:\n  targets:\n    - ${target.replaceAll('\n', '\n  ')}\n`);
    const { code, stderr } = await workspace.run(['notify', '--dry-run', '--config', inline], { env });
    expect(code).toBe(1);
    const there = said.replace(/^:(\d):(\d+):/, (_place, line, column) => `:${+line + 1}:${+column + 2}:`);
    expect(stderr).toContain(there);
    expect(stderr).toContain('cvmsg.yaml:');
    noSecretIn(stderr);
  });

  it.each([
    ['nobody', 'notify:\n  targets: []\n', ':2:12: expected `targets` to be a list of 1 to 50'],
    ['nothing', 'notify:\n  targets:\n', ':2:11: expected `targets` to be a list of 1 to 50'],
    ['twice', 'notify:\n  targets: []\n  targets: []\n', ':3:3: `notify.targets` is given twice'],
    ['another word', 'notify:\n  tagrets: []\n', ':2:3: there is no flag `tagrets`; did you mean `targets`?'],
    ['nothing at all', 'notify:\n', ':1:8: expected the flags of `notify`'],
  ])('is refused at its place in the config file when it names %s', async (_, text, said) => {
    await using workspace = await Workspace.open([[A]]);
    const config = join(workspace.folder, 'cvmsg.yaml');
    writeFileSync(config, text);
    const { code, stderr } = await workspace.run(['notify', '--dry-run', '--config', config]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`cvmsg.yaml${said}`)]);
  });
});

it.each(['inline', 'config'] as const)(
  'a demo tells nobody of its simulated fleet (targets: %s)',
  async (where) => {
    const { stack, vendors, ...files } = await setUp(['webhook']);
    await using _ = stack;
    const env = where === 'inline' ? { CVMSG_CONFIG: files.inline } : { CVMSG_NOTIFY_CONFIG: files.config };
    const { code, stdout, stderr } = await new Program(['demo', '--once'], { env }).ended;
    expect(stderr).toBe('');
    expect(stdout).toMatch(/\nAll in sync\.\n$/);
    expect(code).toBe(0);
    expect(vendors.get('webhook')?.accepted).toEqual([]);
  },
);
