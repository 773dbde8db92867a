import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { runCli } from '../../src/cli/run-process.ts';
import { A, B, C, instanceId, REGION, Workspace } from './workspace.ts';

const SECRET = 'hunter2-in-the-state';

interface Entry {
  readonly id?: unknown;
  readonly ordered?: unknown;
  readonly set?: unknown;
  readonly zone?: unknown;
  readonly key?: string | number;
  readonly more?: object;
}

/** One instance as the provider keeps it, secrets all around what is read. */
const entry = ({ id, ordered, set, zone = `${REGION}-3`, key, more }: Entry) => ({
  ...(key !== undefined && { index_key: key }),
  schema_version: 0,
  attributes: {
    id,
    availability_zone: zone,
    instance_name: SECRET,
    password: SECRET,
    user_data_raw: `#!/bin/sh\necho "${SECRET}"`,
    tags: { [SECRET]: SECRET },
    ...(ordered !== undefined && { orderly_security_groups: ordered }),
    ...(set !== undefined && { security_groups: set }),
  },
  sensitive_attributes: [[{ type: 'get_attr', value: 'password' }]],
  private: SECRET,
  ...more,
});

const resource = (name: string, instances: readonly object[], more: object = {}) => ({
  mode: 'managed',
  type: 'tencentcloud_instance',
  name,
  provider: 'provider["registry.terraform.io/tencentcloudstack/tencentcloud"]',
  instances,
  ...more,
});

const state = (...resources: readonly object[]) => ({
  version: 4,
  terraform_version: '1.9.0',
  serial: 7,
  lineage: 'a1b2c3d4-0000-0000-0000-000000000000',
  outputs: { password: { value: SECRET, type: 'string', sensitive: true } },
  resources: [
    ...resources,
    {
      mode: 'managed',
      type: 'tencentcloud_key_pair',
      name: 'k',
      instances: [{ attributes: { private_key: SECRET } }],
    },
  ],
});

const GOOD = state(
  resource('web', [
    entry({ id: instanceId(0), ordered: [B, A], set: [A, B], key: 0 }),
    entry({ id: instanceId(1), ordered: [B, A], key: 1 }),
    entry({ id: instanceId(7), ordered: [C], more: { deposed: '0a1b2c3d' } }),
  ]),
  resource('api', [entry({ id: instanceId(2), ordered: [], set: [C], key: 'blue' })], {
    module: 'module.shop',
  }),
  resource('bare', [entry({ id: instanceId(3), ordered: [], set: [] })]),
  resource('far', [entry({ id: instanceId(4), ordered: [A], zone: 'ap-shanghai-fsi-1' })]),
  resource('read', [{ attributes: { id: SECRET } }], { mode: 'data' }),
);

const imported = (workspace: Workspace, content: unknown, ...args: string[]) => {
  const file = join(workspace.folder, 'terraform.tfstate');
  const isText = typeof content === 'string' || content instanceof Uint8Array;
  writeFileSync(file, isText ? content : JSON.stringify(content, null, 2));
  return workspace.run(['import', '--from', 'terraform-state', file, '--out', workspace.bindings, ...args]);
};

describe.concurrent('import --from terraform-state', () => {
  it('declares what the state knows, in order, in every module, of count and for_each', async () => {
    await using workspace = await Workspace.open([[B, A], [A, B], [C]]);
    const { code, stdout, stderr } = await imported(workspace, GOOD, '--namespace', 'shop');
    expect(stdout).toContain('3 bindings for 4 instances');
    expect(stderr).toContain(`1 instance without any: ${instanceId(3)}\n`);
    expect(code).toBe(0);
    const texts = readdirSync(workspace.bindings).map((name) =>
      readFileSync(join(workspace.bindings, name), 'utf8'),
    );
    expect(texts.join('')).not.toContain(SECRET);
    expect(texts.filter((text) => text.includes('region: ap-shanghai-fsi\n'))).toHaveLength(1);
    const drifted = await workspace.run(['plan', workspace.bindings]);
    expect(drifted.stdout).toContain(`~ ${instanceId(1)}\n      move ${B} 2nd -> 1st`);
    expect(drifted.stdout).toContain('1 instance to change, 2 in sync');
  });

  it('changes no file when it is run again, and keeps states apart in one folder', async () => {
    await using workspace = await Workspace.open([]);
    await imported(workspace, GOOD);
    expect((await imported(workspace, GOOD)).stdout).toContain('0 files written, 3 unchanged, 0 removed');
    const other = {
      ...state(resource('x', [entry({ id: instanceId(9), ordered: [C, A] })])),
      lineage: 'other',
    };
    expect((await imported(workspace, other)).stdout).toContain('1 file written, 0 unchanged, 0 removed');
    const clash = { ...GOOD, lineage: 'third' };
    const { code, stderr } = await imported(workspace, clash);
    expect([code, stderr]).toEqual([1, expect.stringContaining('belongs to another export or import')]);
    expect(readdirSync(workspace.bindings)).toHaveLength(4);
  });

  it('names what sets groups too and what Terraform is about to replace, by address', async () => {
    await using workspace = await Workspace.open([]);
    const content = state(
      resource('web', [entry({ id: instanceId(0), ordered: [B, A], key: 0, more: { status: 'tainted' } })]),
      resource('pool', [{ attributes: { instance_ids: [instanceId(1), instanceId(2)], password: SECRET } }], {
        type: 'tencentcloud_instance_set',
        module: 'module.shop',
      }),
      resource(
        'extra',
        [{ index_key: 'a', attributes: { instance_id: instanceId(0), security_group_id: A } }],
        {
          type: 'tencentcloud_cvm_security_group_attachment',
        },
      ),
      resource('seen', [{ attributes: { instance_ids: [instanceId(5)] } }], {
        type: 'tencentcloud_instance_set',
        mode: 'data',
      }),
    );
    const { code, stdout, stderr } = await imported(workspace, content);
    expect([code, stdout]).toEqual([0, expect.stringContaining('1 binding for 1 instance')]);
    expect(stderr).toContain(`in its place: ${instanceId(0)} (tencentcloud_instance.web[0])\n`);
    expect(stderr).toContain(
      `module.shop.tencentcloud_instance_set.pool (${instanceId(1)}, ${instanceId(2)}), ` +
        `tencentcloud_cvm_security_group_attachment.extra["a"] (${instanceId(0)}); instances of a tencentcloud_instance_set are not written`,
    );
    expect(stderr).not.toMatch(new RegExp(`${SECRET}|seen|${instanceId(5)}`));
    const json = JSON.parse((await imported(workspace, content, '-o', 'json')).stdout);
    expect(json.tainted).toEqual([{ instanceId: instanceId(0), address: 'tencentcloud_instance.web[0]' }]);
    expect(json.otherSetters.map(({ address }: { address: string }) => address)).toHaveLength(2);
  });

  it('names the sets of a state that holds nothing else', async () => {
    await using workspace = await Workspace.open([]);
    const pool = resource('pool', [{ attributes: {} }], { type: 'tencentcloud_instance_set' });
    const { code, stderr } = await imported(workspace, state(pool));
    expect(code).toBe(1);
    expect(stderr).toContain('tencentcloud_instance_set.pool');
    expect(stderr).toContain('holds no tencentcloud_instance; nothing was written');
  });

  const flat = (attributes: object) =>
    state(
      resource('web', [
        {
          attributes_flat: {
            id: instanceId(0),
            availability_zone: `${REGION}-3`,
            secret: SECRET,
            ...attributes,
          },
        },
      ]),
    );
  const LISTED = {
    'orderly_security_groups.#': '2',
    'orderly_security_groups.1': A,
    'orderly_security_groups.0': B,
  };
  const SET = { 'security_groups.#': '1', 'security_groups.4021': C };

  it.each([
    { reason: 'a list', attributes: { ...LISTED, ...SET }, groups: [B, A] },
    {
      reason: 'a list that is empty beside a set of one',
      attributes: { 'orderly_security_groups.#': '0', ...SET },
      groups: [C],
    },
    { reason: 'a set of one alone', attributes: SET, groups: [C] },
  ])('reads attributes that Terraform keeps flat: $reason', async ({ attributes, groups }) => {
    await using workspace = await Workspace.open([]);
    const { code, stdout } = await imported(workspace, flat(attributes), '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).bindings[0]?.sgIds).toEqual(groups);
  });

  it.each([
    { reason: 'an entry is missing', attributes: { ...LISTED, 'orderly_security_groups.#': '3' } },
    { reason: 'an entry is no group', attributes: { ...LISTED, 'orderly_security_groups.1': SECRET } },
  ])('refuses flat attributes that do not add up: $reason', async ({ attributes }) => {
    await using workspace = await Workspace.open([]);
    const { code, stderr } = await imported(workspace, flat(attributes));
    expect(code).toBe(1);
    expect(stderr).toContain('attributes_flat["orderly_security_groups.#"]: Expected a list of group ids');
    expect(stderr).not.toContain(SECRET);
  });

  it.each([
    { reason: 'with a mark, as PowerShell writes', mark: '\ufeff', swap: false },
    { reason: 'without a mark', mark: '', swap: false },
    { reason: 'big end first', mark: '\ufeff', swap: true },
    { reason: 'big end first without a mark', mark: '', swap: true },
  ])('reads UTF-16: $reason', async ({ mark, swap }) => {
    await using workspace = await Workspace.open([]);
    const bytes = Buffer.from(mark + JSON.stringify(GOOD), 'utf16le');
    const { code, stdout } = await imported(workspace, swap ? bytes.swap16() : bytes);
    expect([code, stdout]).toEqual([0, expect.stringContaining('3 bindings for 4 instances')]);
  });

  it('reads standard input and writes one stream to stdout', async () => {
    await using workspace = await Workspace.open([]);
    const { code, stdout } = await workspace.run(['import', '--from', 'terraform-state', '-'], {
      stdin: `\ufeff${JSON.stringify(GOOD)}`,
    });
    expect(code).toBe(0);
    const checked = await workspace.run(['validate', '-'], { stdin: stdout });
    expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining('3 ')]);
  });

  it('refuses an order that nobody knows and writes nothing, unless told to leave it out', async () => {
    await using workspace = await Workspace.open([]);
    const doubtful = state(
      resource('web', [
        entry({ id: instanceId(0), ordered: [A, B], key: 'a' }),
        entry({ id: instanceId(1), set: [A, B], key: 'b' }),
      ]),
    );
    const { code, stderr } = await imported(workspace, doubtful);
    expect(stderr).toMatch(
      /terraform\.tfstate:59:32: error: \$\.resources\[0\]\.instances\[1\]\.attributes\.security_groups: instance "ins-00000001" has 2 groups in a set, .*\(tencentcloud_instance\.web\["b"\]\)/,
    );
    expect(stderr).toContain('`cvmsg export`, or leave them out by --skip-unordered');
    expect([code, readdirSync(workspace.bindings)]).toEqual([1, []]);
    const some = await imported(workspace, doubtful, '--skip-unordered', '-o', 'json');
    expect(some.code).toBe(0);
    expect(JSON.parse(some.stdout)).toMatchObject({
      instances: 1,
      skipped: [{ instanceId: instanceId(1), address: 'tencentcloud_instance.web["b"]' }],
    });
    expect(some.stderr).toContain(`left out, since their order is unknown: ${instanceId(1)}`);
  });

  const one = (what: Entry) => state(resource('web', [entry({ id: instanceId(0), ordered: [A], ...what })]));
  const at = (name: string) => `$.resources[0].instances[0].attributes.${name}: Expected`;

  it.each<{ content: unknown; words: string; reason: string }>([
    { content: `{"password": "${SECRET}", x}`, words: ':1:38: this is no valid JSON', reason: 'broken JSON' },
    { content: `{"a": ${SECRET}}`, words: ':1:7: this is no valid JSON', reason: 'a text without quotes' },
    { content: '', words: ':1:1: this is no valid JSON', reason: 'an empty file' },
    { content: [SECRET], words: '$: Expected an object', reason: 'no object' },
    {
      content: { version: 3, modules: [] },
      words: 'Expected "version" to be 4, got 3',
      reason: 'an old version',
    },
    { content: { version: SECRET }, words: 'Expected "version" to be 4', reason: 'a version that is text' },
    {
      content: { format_version: '1.0', values: {} },
      words: '`terraform show -json`',
      reason: 'another output',
    },
    { content: { encrypted_data: SECRET }, words: 'this state is encrypted', reason: 'an encrypted state' },
    {
      content: { version: 4, resources: SECRET },
      words: '$.resources: Expected a list',
      reason: 'no resources',
    },
    {
      content: { version: 4, resources: [SECRET] },
      words: '$.resources[0]: Expected an object',
      reason: 'a text',
    },
    { content: state(), words: 'holds no tencentcloud_instance', reason: 'no instance' },
    { content: one({ id: SECRET }), words: at('id'), reason: 'an id of another kind' },
    { content: one({ zone: SECRET }), words: at('availability_zone'), reason: 'no zone' },
    { content: one({ zone: null }), words: at('availability_zone'), reason: 'a zone that is null' },
    { content: one({ ordered: SECRET }), words: at('orderly_security_groups'), reason: 'a text for a list' },
    { content: one({ ordered: [A, SECRET] }), words: at('orderly_security_groups'), reason: 'no group id' },
    { content: one({ ordered: [A, A] }), words: at('orderly_security_groups'), reason: 'a group twice' },
    {
      content: one({ ordered: null, set: [SECRET] }),
      words: at('security_groups'),
      reason: 'no group id in the set',
    },
    {
      content: state(
        resource('a', [entry({ id: instanceId(0), ordered: [A] })]),
        resource('b', [entry({ id: instanceId(0), ordered: [B] })]),
      ),
      words: 'stands in this state twice',
      reason: 'one instance with two lists',
    },
  ])('refuses $reason, says where, and shows no secret', async ({ content, words, reason }) => {
    await using workspace = await Workspace.open([]);
    const { code, stderr, stdout } = await imported(workspace, content);
    expect(stderr, reason).toContain(words);
    expect(stderr).toMatch(/nothing was written/i);
    expect(stdout + stderr).not.toContain(SECRET);
    expect([code, readdirSync(workspace.bindings)]).toEqual([1, []]);
  });

  it('says what is missing from the command line', async () => {
    await using workspace = await Workspace.open([]);
    const none = await workspace.run(['import', 'x.tfstate']);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('--from terraform-state')]);
    const missing = await workspace.run(['import', '--from', 'terraform-state', '/nonexistent']);
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringContaining('"/nonexistent" cannot be read'),
    ]);
  });
});

it('never shows a secret of a state, wherever that is broken', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cvmsg-import-'));
  const file = join(folder, 'terraform.tfstate');
  const out = join(folder, 'out');
  const whole = JSON.stringify(GOOD, null, 1);
  let said = '';
  const stream = {
    write: (text: string) => {
      said += text;
    },
  };
  const io: Io = { stdout: stream, stderr: stream, stdin: process.stdin, env: {} };
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length),
        fc.nat(40),
        fc.constantFrom('', '"', '{', '}', '[', ']', ',', 'x', '\\'),
        async (from, length, middle) => {
          writeFileSync(file, whole.slice(0, from) + middle + whole.slice(from + length));
          said = '';
          await runCli(['import', '--from', 'terraform-state', file, '--out', out], io);
          const kept = existsSync(out)
            ? readdirSync(out).map((name) => readFileSync(join(out, name), 'utf8'))
            : [];
          rmSync(out, { recursive: true, force: true });
          expect(said + kept.join('')).not.toMatch(/hunter2|in-the-state/);
          expect(said).not.toBe('');
        },
      ),
      { numRuns: 200, endOnFailure: true },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
