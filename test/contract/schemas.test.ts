/** The JSON Schemas for editors: made from the sources, and never stricter than what judges the documents. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { schemas } from '../../scripts/schemas.ts';
import { COMMANDS } from '../../src/cli/all-commands.ts';
import { jsonSchema } from '../../src/cli/schema/perform-schema.ts';
import type { SchemaName } from '../../src/cli/schema/schema-files.ts';
import { loadNotifyConfig } from '../../src/cli/wiring/notify-config.ts';
import { checkApproval } from '../../src/documents/approval-document.ts';

const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });
const judges = new Map<SchemaName, (value: unknown) => unknown[]>(
  (['binding', 'policy', 'approval', 'config', 'notify'] as const).map((name) => {
    const validate = ajv.compile(jsonSchema(name, COMMANDS));
    return [name, (value) => (validate(value) ? [] : (validate.errors ?? []))];
  }),
);
const errors = (name: SchemaName, value: unknown) => judges.get(name)?.(value);
const documentsOf = (path: string) =>
  parseAllDocuments(readFileSync(path, 'utf8')).map((document) => document.toJS() as Record<string, unknown>);
const NAMES: Readonly<Record<string, SchemaName>> = {
  CvmSecurityGroupBinding: 'binding',
  CvmsgPolicy: 'policy',
  CvmsgApproval: 'approval',
};

describe('the schemas', () => {
  it.each(schemas())('$path is what `npm run generate` makes today', ({ path, text }) => {
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  const samples = readdirSync('manifests/samples', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => documentsOf(join('manifests/samples', file)).map((value) => ({ file, value })))
    .filter(({ value }) => String(value.kind) in NAMES);

  it('know every sample', () => {
    expect(samples.length).toBeGreaterThan(1);
    for (const { file, value } of samples) {
      expect(errors(NAMES[String(value.kind)] as SchemaName, value), file).toEqual([]);
    }
  });

  it.each([
    { what: 'a field that is not one', name: 'binding', change: { spec: { sgId: ['sg-aaaaaaaa'] } } },
    { what: 'a list that is a text', name: 'binding', change: { spec: { sgIds: 'sg-aaaaaaaa' } } },
    { what: 'another kind', name: 'binding', change: { kind: 'Other' } },
    { what: 'a status, which nobody writes', name: 'binding', change: { status: {} } },
  ] as const)('refuse $what', ({ name, change }) => {
    const [value = {}] = documentsOf('manifests/samples/binding.yaml');
    expect(errors(name, { ...value, ...change })).not.toEqual([]);
  });

  it('know the words of a policy that are read before its schema judges', () => {
    const policy = { apiVersion: 'cvmsg.dev/v1alpha1', kind: 'CvmsgPolicy' };
    const words = { blastRadius: 'none', mustKeep: [{ sgId: 'sg-aaaaaaaa', position: 'first' }] };
    expect(errors('policy', { ...policy, ...words })).toEqual([]);
    expect(errors('policy', { ...policy, blastRadius: 'some' })).not.toEqual([]);
  });

  it.each([
    { digest: `sha256:${'a'.repeat(64)}`, approvedBy: 'alice', approvedAt: '2026-03-01T18:00:00Z' },
    { digest: `sha256:${'a'.repeat(64)}`, approvedAt: '2026-03-01T18:00:00.5+08:00', reason: 'seen' },
    { digest: 'sha256:a', approvedAt: '2026-03-01T18:00:00Z' },
    { digest: `sha256:${'a'.repeat(64)}` },
    { digest: `sha256:${'a'.repeat(64)}`, approvedAt: 'noon' },
    { digest: `sha256:${'a'.repeat(64)}`, approvedAt: '2026-03-01T18:00:00Z', by: 'alice' },
  ])('judge an approval as cvmsg does: %j', (spec) => {
    const approval = { apiVersion: 'cvmsg.dev/v1alpha1', kind: 'CvmsgApproval', spec };
    expect(errors('approval', approval)?.length === 0).toBe(checkApproval(approval).approval !== undefined);
  });

  it.each([
    { config: { 'log-level': 'debug', 'reads-per-second': 20, run: { source: 'bindings/' } }, valid: true },
    { config: { traffic: 'off' }, valid: true },
    { config: { traffic: { from: '10.0.0.1' } }, valid: true },
    { config: { notify: { test: true } }, valid: true },
    { config: { 'log-levle': 'debug' }, valid: false },
    { config: { 'log-level': 'loud' }, valid: false },
    { config: { run: { sauce: 'bindings/' } }, valid: false },
  ])('judge a configuration: %j', ({ config, valid }) => {
    expect(errors('config', config)?.length === 0).toBe(valid);
  });

  it('know the example of the page about messages', () => {
    const [, example = ''] = /```yaml\n(.*?)```/s.exec(readFileSync('docs/notifications.md', 'utf8')) ?? [];
    const config = parseAllDocuments(example)[0]?.toJS() as { targets: object[] };
    expect(config.targets.length).toBeGreaterThan(1);
    expect(errors('notify', config)).toEqual([]);
    expect(errors('config', { notify: config })).toEqual([]);
  });

  it.each([
    {},
    { targets: [] },
    { targets: [{ name: 'ops', format: 'wecom' }] },
    { targets: [{ name: 'ops', format: 'wecom', url: 'https://example.com/secret' }] },
    { targets: [{ name: 'Ops', format: 'wecom', urlFile: 'ops' }] },
    { targets: [{ name: 'ops', format: 'wechat', urlFile: 'ops' }] },
    { targets: [{ name: 'ops', format: 'wecom', urlFile: 'ops', kinds: ['weather'] }] },
  ])('refuse a configuration of messages as cvmsg does: %j', async (config) => {
    const folder = mkdtempSync(join(tmpdir(), 'cvmsg-schema-'));
    const file = join(folder, 'notify.yaml');
    writeFileSync(file, JSON.stringify(config));
    writeFileSync(join(folder, 'ops'), 'https://example.com/hook');
    await expect(loadNotifyConfig(file, {})).rejects.toThrow(/notify\.yaml:1:/);
    rmSync(folder, { recursive: true });
    expect(errors('notify', config)).not.toEqual([]);
    // Beside flags of the command, targets need not be there.
    if ('targets' in config) expect(errors('config', { notify: config })).not.toEqual([]);
  });
});
