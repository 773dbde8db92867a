import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { BindingKey, InstanceId, SecurityGroupId } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import { editedText } from './edit-documents.ts';

const [A, B, C] = ['sg-aaaaaaaa', 'sg-bbbbbbbb', 'sg-cccccccc'] as const;
const [X, Y] = ['ins-00000000', 'ins-00000001'] as const;

const binding = (sgIds: readonly string[], over: Partial<Binding> = {}): Binding => ({
  key: 'shop/web' as BindingKey,
  namespace: 'shop',
  name: 'web',
  scope: { account: 'default', region: 'ap-guangzhou' },
  instanceIds: [X, Y] as unknown as InstanceId[],
  sgIds: sgIds as unknown as SecurityGroupId[],
  mode: 'Enforce',
  suspend: false,
  origin: { kind: 'directory', file: 'web.yaml', line: 1, column: 1, revision: 'r' },
  ...over,
});

const FLOW = `# the shop's web servers
apiVersion: cvmsg.dev/v1alpha1
kind: CvmSecurityGroupBinding
metadata: {name: web, namespace: shop, labels: {team: shop}}
spec:
  region: gz   # the short code
  instanceIds: [${Y}, ${X}]
  sgIds: [${A}, ${B}]   # edge first

  mode: Enforce
`;

const BLOCK = `kind: CvmSecurityGroupBinding
apiVersion: cvmsg.dev/v1alpha1
metadata:
    namespace: shop
    name: web
spec:
    sgIds:
      - ${A} # edge
      - ${B} # admin
    region: ap-guangzhou
    instanceIds:
      - ${X}
      - ${Y}
`;

const render = (documents: readonly object[]) => documents.map((one) => JSON.stringify(one)).join('\n---\n');
const edit = (text: string, ...bindings: Binding[]) => editedText(text, bindings, render);

describe('a file that a rollback edits', () => {
  it.each([
    { text: FLOW, reason: 'defaults, the order of instances and short region codes mean the same' },
    { text: BLOCK, reason: 'so it is in block style' },
    { text: `${FLOW}---\n${BLOCK.replace('name: web', 'name: api')}`, reason: 'beside another document' },
  ])('stays as it is, to the byte, where it says so already: $reason', ({ text }) => {
    expect(edit(text, binding([A, B]))).toBe(text);
  });

  it('gets another list in brackets, and nothing else is touched', () => {
    expect(edit(FLOW, binding([B, C]))).toBe(FLOW.replace(`[${A}, ${B}]`, `[${B}, ${C}]`));
  });

  it('gets another list in block style, whose items keep their comments', () => {
    expect(edit(BLOCK, binding([C, B, A]))).toBe(
      BLOCK.replace(
        `      - ${A} # edge\n      - ${B} # admin\n`,
        `      - ${C}\n      - ${B} # admin\n      - ${A} # edge\n`,
      ),
    );
    expect(edit(BLOCK, binding([B]))).toBe(BLOCK.replace(`      - ${A} # edge\n`, ''));
  });

  it('gets and loses other fields where they stand', () => {
    const suspended = edit(BLOCK, binding([A, B], { suspend: true })) ?? '';
    expect(suspended).toBe(`${BLOCK}    suspend: true\n`);
    expect(edit(suspended, binding([A, B]))).toBe(BLOCK);
    expect(edit(FLOW, binding([A, B], { mode: 'Observe' }))).toBe(
      FLOW.replace('mode: Enforce', 'mode: Observe'),
    );
  });

  it('is edited in a list of objects and in JSON, with the quotes that stand there', () => {
    const object = {
      kind: 'CvmSecurityGroupBinding',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { region: 'ap-guangzhou', instanceIds: [X, Y], sgIds: [A, B] },
    };
    const text = `${JSON.stringify({ kind: 'List', items: [object] }, undefined, 2)}\n`;
    const edited = edit(text, binding([B])) ?? '';
    expect(JSON.parse(edited)).toEqual({
      kind: 'List',
      items: [{ ...object, spec: { ...object.spec, sgIds: [B] } }],
    });
    expect(edited.split('\n').length).toBeGreaterThan(10);
  });

  it('keeps what is not a binding, and gets what it does not hold at its end', () => {
    const text = `mine: true # and stays\n---\n${FLOW}`;
    const api = binding([C], { name: 'api', key: 'shop/api' as BindingKey });
    const edited = edit(text, binding([A, B]), api) ?? '';
    expect(edited.startsWith(text)).toBe(true);
    expect(parseAllDocuments(edited)).toHaveLength(3);
  });

  it.each([
    { text: 'a: [', reason: 'it cannot be read' },
    { text: FLOW.replace(`[${A}, ${B}]`, `&base [${A}, ${B}]`), reason: 'its list is used elsewhere' },
    {
      text: FLOW.replace(`[${A}, ${B}]`, `[${A}, # edge\n    ${B}]`),
      reason: 'a comment stands within the list',
    },
  ])('is left to whoever asks when $reason', ({ text }) => {
    expect(edit(text, binding([B]))).toBeUndefined();
  });
});
