import { describe, expect, it } from 'vitest';
import type { BindingKey } from '../api/ids.ts';
import type { Binding } from '../core/model.ts';
import { OPEN_POLICY, type Tenant } from '../core/policy.ts';
import { readDocuments } from '../documents/document-reader.ts';
import { readDeclarations } from './declarations.ts';

const TENANTS: readonly Tenant[] = [
  { name: 'attacker', paths: ['teams/attacker/'] },
  { name: 'victim', paths: ['teams/victim/'] },
];
const NAMED: readonly Tenant[] = [
  { name: 'attacker', paths: ['teams/attacker/'] },
  { name: 'victim', paths: ['teams/victim/'], namespaces: ['data'] },
];
const V = 'data/v' as BindingKey;
const ATTACKS = 'teams/attacker/squat.yaml';
const VICTIM = 'teams/victim/v.yaml';

/** A document of the name that the victim uses. */
const doc = (groups: string, name = 'v', instances = 'ins-data0000') =>
  `apiVersion: cvmsg.dev/v1alpha1
kind: CvmSecurityGroupBinding
metadata: { name: ${name}, namespace: data }
spec: { region: gz, instanceIds: [${instances}], sgIds: [${groups}] }
`;

function declare(
  files: Readonly<Record<string, string>>,
  tenants: readonly Tenant[] = TENANTS,
  previous: ReadonlyMap<BindingKey, Binding> = new Map(),
) {
  const held = (file: string) =>
    [...previous.values()].some(({ origin }) => origin.kind === 'directory' && origin.file === file);
  const snapshot = {
    refused: [],
    publication: { path: '/x', immutable: true },
    digest: '',
    parsedFiles: Object.entries(files).map(([file, text]) =>
      readDocuments(file, Buffer.from(text), { held: held(file) }),
    ),
  };
  return readDeclarations(snapshot, { revision: 'r1', previous, rules: { ...OPEN_POLICY, tenants } });
}

describe('a document of another tenant', () => {
  it('with the name of a binding does not put it out of force', () => {
    const first = declare({ [VICTIM]: doc('sg-aaaaaaaa') });
    const files = { [ATTACKS]: doc('sg-openall1'), [VICTIM]: doc('sg-bbbbbbbb') };
    const { bindings, diagnostics } = declare(files, TENANTS, first.bindings);
    expect(bindings.get(V)).toMatchObject({ sgIds: ['sg-bbbbbbbb'], origin: { file: VICTIM } });
    expect(bindings.get(V)?.invalid).toBeUndefined();
    expect(diagnostics.map(({ file, rule }) => `${file} ${rule}`)).toContain(
      `${ATTACKS} revision/duplicate-binding`,
    );
    expect(diagnostics.filter(({ file, severity }) => file === VICTIM && severity === 'error')).toEqual([]);
  });

  it('does not put a document out of force that its tenant moves to another file and changes', () => {
    const first = declare({ [VICTIM]: doc('sg-aaaaaaaa') });
    const moved = 'teams/victim/moved.yaml';
    const files = { [ATTACKS]: doc('sg-openall1'), [moved]: doc('sg-bbbbbbbb') };
    const { bindings } = declare(files, TENANTS, first.bindings);
    expect(bindings.get(V)).toMatchObject({ sgIds: ['sg-bbbbbbbb'], origin: { file: moved } });
    expect(bindings.get(V)?.invalid).toBeUndefined();
  });

  it('gives way to the tenant that names its namespaces, though it came first', () => {
    const first = declare({ [ATTACKS]: doc('sg-openall1') }, NAMED);
    const files = { [ATTACKS]: doc('sg-openall1'), [VICTIM]: doc('sg-bbbbbbbb') };
    const { bindings } = declare(files, NAMED, first.bindings);
    expect(bindings.get(V)).toMatchObject({ sgIds: ['sg-bbbbbbbb'], origin: { file: VICTIM } });
  });

  it('that is of no tenant at all puts nothing out of force', () => {
    const files = { 'elsewhere/squat.yaml': doc('sg-openall1'), [VICTIM]: doc('sg-bbbbbbbb') };
    expect(declare(files).bindings.get(V)).toMatchObject({ sgIds: ['sg-bbbbbbbb'] });
  });

  it('that is broken and has the name of a binding does not make that invalid', () => {
    const files = { [ATTACKS]: doc('garbage'), [VICTIM]: doc('sg-bbbbbbbb') };
    expect(declare(files).bindings.get(V)?.invalid).toBeUndefined();
  });

  it('that cannot be read keeps no binding of others from being removed', () => {
    const first = declare({
      [VICTIM]: `${doc('sg-aaaaaaaa')}---\n${doc('sg-aaaaaaaa', 'w', 'ins-data0001')}`,
    });
    const files = {
      [ATTACKS]: `${doc('sg-aaaaaaaa', 'x', 'ins-data0009')}  oops: [never, closed\n`,
      [VICTIM]: doc('sg-aaaaaaaa'),
    };
    const { bindings, retained } = declare(files, TENANTS, first.bindings);
    expect([...bindings.keys()]).toEqual([V]);
    expect(retained).toEqual([]);
  });

  it('that names the same instance is a warning: who may have it is known when it is read', () => {
    const files = { [ATTACKS]: doc('sg-openall1', 'squat'), [VICTIM]: doc('sg-bbbbbbbb') };
    const contested = declare(files).diagnostics.filter(({ rule }) => rule === 'revision/contested-instance');
    expect(contested.map(({ severity }) => severity)).toEqual(['warning', 'warning']);
  });

  it('that names the same instance and may not is told of nowhere else', () => {
    const tenants = TENANTS.map((tenant) =>
      tenant.name === 'victim' ? tenant : { ...tenant, groups: ['sg-aaaaaaaa' as never] },
    );
    const files = { [ATTACKS]: doc('sg-openall1', 'squat'), [VICTIM]: doc('sg-bbbbbbbb') };
    expect(declare(files, tenants).diagnostics).toEqual([]);
  });
});

describe('documents of one tenant', () => {
  it('of one name put each other out of force: the tenant has to choose', () => {
    const files = { 'teams/victim/a.yaml': doc('sg-aaaaaaaa'), [VICTIM]: doc('sg-bbbbbbbb') };
    expect(declare(files).bindings.size).toBe(0);
  });
});
