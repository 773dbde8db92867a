import { describe, expect, it } from 'vitest';
import { readDocuments } from '../document-reader.ts';
import type { PolicyChecks } from './policy-check.ts';
import { readPolicy } from './policy-reading.ts';

const HEAD = 'apiVersion: cvmsg.dev/v1alpha1\nkind: CvmsgPolicy\n';

const check: PolicyChecks = {
  schedule: ({ schedule }) =>
    schedule === 'never' ? { field: 'schedule', message: 'never comes', fix: 'write another' } : undefined,
  service: (text) =>
    text === 'ssh' ? { rule: 'policy/service', message: 'is no service', fix: 'write tcp/22' } : undefined,
  prefix: (text) =>
    text === 'office' ? { rule: 'policy/prefix', message: 'is no prefix', fix: 'write one' } : undefined,
};

const read = (text: string) => readPolicy('policy.yaml', Buffer.from(text), check);

const WHOLE = `${HEAD}blastRadius: { share: 12.5%, count: 50, period: 10m }
mustKeep: [{ sgId: sg-0a1b2c3d, position: first, regions: [ap-guangzhou], tags: { env: prod }, namespaces: ["shop-*"] }]
forbidden: [{ sgId: sg-0a1b2c3e }]
exposure:
  - { name: ssh, never: { services: [tcp/22], from: [0.0.0.0/0] }, except: [10.0.0.0/8], conditional: allow, approval: allow, paths: [a/] }
  - { name: mail, never: { to: ["::/0"] }, regions: [ap-guangzhou] }
windows:
  - { name: night, effect: allow, schedule: "0 22 * * 1-5", duration: 1h30m, timeZone: Asia/Shanghai }
tenants:
  - name: shop
    namespaces: [shop, "shop-?"]
    paths: [teams/shop/]
    instances: { ids: [ins-0a1b2c3d], tags: { team: shop }, vpcIds: [vpc-0a1b2c3d] }
    groups: [sg-0a1b2c3d]
fights: { rewrites: 3, within: 10m, pace: 5m }
approvals: { paths: [approvals/], annotations: false, laterRevision: true, verified: false }
emergencies: { longest: 4h, tenants: [shop] }
verifyGroups: false
`;

interface Row {
  readonly reason: string;
  /** After apiVersion and kind, which take the first two lines. */
  readonly text: string;
  /** `line:column rule path`, in the order of the file. */
  readonly found: readonly string[];
  readonly said?: string;
}

const WINDOW = 'effect: deny, schedule: "0 0 * * *", duration: 1h, timeZone: UTC';

const ROWS: readonly Row[] = [
  {
    reason: 'a rule of exposure that forbids nothing',
    text: 'exposure: [{ name: a, never: {} }]',
    found: ['3:30 schema/min-properties exposure[0].never'],
    said: 'write at least one',
  },
  {
    reason: 'a rule of exposure without a direction',
    text: 'exposure: [{ name: a, never: { services: [tcp/22] } }]',
    found: ['3:30 policy/exposure-direction exposure[0].never'],
    said: 'write `from: [0.0.0.0/0, "::/0"]`',
  },
  {
    reason: 'a rule of exposure with both directions',
    text: 'exposure: [{ name: a, never: { from: [10.0.0.0/8], to: [10.0.0.0/8] } }]',
    found: ['3:30 policy/exposure-direction exposure[0].never'],
    said: 'write two rules',
  },
  {
    reason: 'a service and a prefix that are none',
    text: 'exposure: [{ name: a, never: { services: [tcp/22, ssh], from: [office] }, except: [office] }]',
    found: [
      '3:51 policy/service exposure[0].never.services[1]',
      '3:64 policy/prefix exposure[0].never.from[0]',
      '3:84 policy/prefix exposure[0].except[0]',
    ],
    said: `"ssh" is no service`,
  },
  {
    reason: 'two rules of exposure with one name',
    text: 'exposure:\n  - { name: a, never: { from: [10.0.0.0/8] } }\n  - { name: a, never: { to: [10.0.0.0/8] } }',
    found: ['5:13 policy/duplicate-name exposure[1].name'],
  },
  {
    reason: 'a misspelt field is told with the nearest',
    text: 'mustkeep: []',
    found: ['3:1 schema/unknown-field mustkeep'],
    said: 'write `mustKeep` in place of `mustkeep`',
  },
  {
    reason: 'a field that is missing',
    text: 'forbidden:\n  - regions: [ap-guangzhou]',
    found: ['4:5 schema/required forbidden[0]'],
    said: 'forbidden[0].sgId is missing',
  },
  {
    reason: 'a number without a percent sign',
    text: 'blastRadius: { share: 20 }',
    found: ['3:23 schema/type blastRadius.share'],
    said: 'such as `20%`',
  },
  {
    reason: 'more than all',
    text: 'blastRadius: { share: 120% }',
    found: ['3:23 schema/pattern blastRadius.share'],
    said: '`20%`',
  },
  {
    reason: 'another word than none',
    text: 'blastRadius: off',
    found: ['3:14 schema/type blastRadius'],
    said: 'write `none`',
  },
  {
    reason: 'a duration of nothing',
    text: 'fights: { pace: 0s }',
    found: ['3:17 schema/pattern fights.pace'],
    said: '`1h30m`',
  },
  {
    reason: 'a place before the first',
    text: 'mustKeep: [{ sgId: sg-0a1b2c3d, position: 0 }]',
    found: ['3:43 schema/minimum mustKeep[0].position'],
  },
  {
    reason: 'a place in another word',
    text: 'mustKeep: [{ sgId: sg-0a1b2c3d, position: last }]',
    found: ['3:43 schema/type mustKeep[0].position'],
    said: 'write `first`',
  },
  {
    reason: 'an id in capitals is repaired',
    text: 'forbidden: [{ sgId: SG-0A1B2C3D }]',
    found: ['3:21 schema/pattern forbidden[0].sgId'],
    said: 'write `sg-0a1b2c3d`',
  },
  {
    reason: 'a number where a duration is wanted',
    text: 'fights: { pace: 5 }',
    found: ['3:17 schema/type fights.pace'],
    said: 'fights.pace is 5, which is not a string; write something such as `1h30m`',
  },
  {
    reason: 'a text that is no duration',
    text: 'fights: { pace: often }',
    found: ['3:17 schema/pattern fights.pace'],
    said: '"often" does not have the form of `1h30m`; write something such as `1h30m`',
  },
  {
    reason: 'a list of nobody',
    text: 'tenants: []',
    found: ['3:1 schema/min-items tenants'],
    said: 'everybody may name everything',
  },
  {
    reason: 'a scope of no region',
    text: 'forbidden: [{ sgId: sg-0a1b2c3d, regions: [] }]',
    found: ['3:34 schema/min-items forbidden[0].regions'],
  },
  {
    reason: 'a tenant of no instances',
    text: 'tenants: [{ name: shop, instances: {} }]',
    found: ['3:36 schema/min-properties tenants[0].instances'],
  },
  {
    reason: 'a path from the root',
    text: 'tenants: [{ name: shop, paths: [/teams] }]',
    found: ['3:33 schema/pattern tenants[0].paths[0]'],
    said: 'such as `teams/shop/`',
  },
  {
    reason: 'a path that climbs',
    text: 'tenants: [{ name: shop, paths: [a/../../b] }]',
    found: ['3:33 schema/pattern tenants[0].paths[0]'],
  },
  {
    reason: 'a path of approvals from the root',
    text: 'approvals: { paths: [/approvals/] }',
    found: ['3:22 schema/pattern approvals.paths[0]'],
    said: 'such as `approvals/`',
  },
  {
    reason: 'no path of approvals: no document approves anything',
    text: 'approvals: { paths: [], annotations: false }',
    found: [],
  },
  {
    reason: 'a misspelt field of approvals',
    text: 'approvals: { annotation: false }',
    found: ['3:14 schema/unknown-field approvals.annotation'],
    said: '`annotations`',
  },
  {
    reason: 'an emergency of nothing',
    text: 'emergencies: { longest: 0s }',
    found: ['3:25 schema/pattern emergencies.longest'],
  },
  {
    reason: 'emergencies of a tenant that is none',
    text: 'tenants: [{ name: oncall }]\nemergencies: { tenants: [on-call] }',
    found: ['4:26 policy/unknown-tenant emergencies.tenants[0]'],
    said: 'did you mean `oncall`?',
  },
  {
    reason: 'emergencies of a tenant where there are none',
    text: 'emergencies: { tenants: [oncall] }',
    found: ['3:26 policy/unknown-tenant emergencies.tenants[0]'],
  },
  {
    reason: 'a schedule that is not valid',
    text: `windows: [{ name: a, effect: deny, schedule: never, duration: 1h, timeZone: UTC }]`,
    found: ['3:46 policy/schedule windows[0].schedule'],
    said: '"never" never comes',
  },
  {
    reason: 'two windows of one name',
    text: `windows:\n  - { name: a, ${WINDOW} }\n  - { name: a, ${WINDOW} }`,
    found: ['5:13 policy/duplicate-name windows[1].name'],
    said: 'first at line 4, column 13',
  },
  {
    reason: 'two tenants of one name',
    text: 'tenants: [{ name: a }, { name: a }]',
    found: ['3:32 policy/duplicate-name tenants[1].name'],
  },
  {
    reason: 'two groups for one place',
    text: 'mustKeep:\n  - { sgId: sg-0a1b2c3d, position: first }\n  - { sgId: sg-0a1b2c3e, position: 1 }',
    found: ['5:36 policy/contested-position mustKeep[1].position'],
    said: '"sg-0a1b2c3e" and "sg-0a1b2c3d" must both be at position 1',
  },
  {
    reason: 'two groups for one place, one of them in one region',
    text: 'mustKeep:\n  - { sgId: sg-0a1b2c3d, position: 1, regions: [gz] }\n  - { sgId: sg-0a1b2c3e, position: 1, regions: [ap-beijing, ap-guangzhou] }',
    found: ['5:36 policy/contested-position mustKeep[1].position'],
  },
  {
    reason: 'two groups for one place of different regions',
    text: 'mustKeep:\n  - { sgId: sg-0a1b2c3d, position: 1, regions: [gz] }\n  - { sgId: sg-0a1b2c3e, position: 1, regions: [bj] }',
    found: [],
  },
  {
    reason: 'two places for one group',
    text: 'mustKeep:\n  - { sgId: sg-0a1b2c3d, position: 1 }\n  - { sgId: sg-0a1b2c3d, position: 2, tags: { a: b } }',
    found: ['5:36 policy/contested-position mustKeep[1].position'],
  },
  {
    reason: 'kept and forbidden everywhere',
    text: 'mustKeep: [{ sgId: sg-0a1b2c3d, tags: { env: prod } }]\nforbidden: [{ sgId: sg-0a1b2c3d }]',
    found: ['3:20 policy/kept-and-forbidden mustKeep[0].sgId'],
    said: 'first at line 4, column 21',
  },
  {
    reason: 'kept everywhere and forbidden somewhere',
    text: 'mustKeep: [{ sgId: sg-0a1b2c3d }]\nforbidden: [{ sgId: sg-0a1b2c3d, namespaces: [dev] }]',
    found: [],
  },
  {
    reason: 'a region that is probably mistyped warns',
    text: 'forbidden: [{ sgId: sg-0a1b2c3d, regions: [guangzhou] }]',
    found: ['3:44 policy/unknown-region forbidden[0].regions[0]'],
  },
  {
    reason: 'a field that stands twice',
    text: 'verifyGroups: true\nverifyGroups: true',
    found: ['4:1 yaml/duplicate-key verifyGroups'],
  },
  { reason: 'a second document', text: '---\nkind: CvmsgPolicy', found: ['4:1 policy/second-document '] },
  { reason: 'YAML that is broken', text: 'tenants: [', found: ['4:1 yaml/bad-indent '] },
];

describe('readPolicy', () => {
  it('gives a whole policy as it is written', () => {
    const { policy, diagnostics } = read(WHOLE);
    expect(diagnostics).toEqual([]);
    expect(policy).toMatchObject({
      blastRadius: { share: '12.5%', count: 50, period: '10m' },
      mustKeep: [{ sgId: 'sg-0a1b2c3d', position: 'first', namespaces: ['shop-*'] }],
      tenants: [{ name: 'shop', instances: { ids: ['ins-0a1b2c3d'] } }],
      approvals: { paths: ['approvals/'], annotations: false },
      emergencies: { longest: '4h', tenants: ['shop'] },
      verifyGroups: false,
    });
  });

  it('takes a policy that says nothing, and one without a limit', () => {
    expect(read(HEAD)).toMatchObject({ policy: {}, diagnostics: [] });
    expect(read(`${HEAD}blastRadius: none`)).toMatchObject({
      policy: { blastRadius: 'none' },
      diagnostics: [],
    });
  });

  it('warns of what goes by namespaces alone, where it judges a directory', () => {
    const text = `${HEAD}mustKeep: [{ sgId: sg-0a1b2c3d, namespaces: [shop] }]
forbidden: [{ sgId: sg-0a1b2c3e, namespaces: [shop], paths: [teams/shop/] }, { sgId: sg-0a1b2c3f, paths: [teams] }]
windows:
  - { ${WINDOW}, name: night, namespaces: [shop] }
tenants: [{ name: shop, namespaces: [shop] }, { name: data, paths: [teams/data/] }]
`;
    expect(read(text).diagnostics).toEqual([]);
    const { policy, diagnostics } = readPolicy('policy.yaml', Buffer.from(text), check, { directory: true });
    expect(
      diagnostics.map(({ severity, rule, path, line }) => `${line} ${severity} ${rule} ${path}`),
    ).toEqual([
      '3 warning policy/namespaces-in-directory mustKeep[0].namespaces',
      '6 warning policy/namespaces-in-directory windows[0].namespaces',
      '7 warning policy/namespaces-in-directory tenants[0].namespaces',
    ]);
    expect(policy?.forbidden?.[0]).toMatchObject({ paths: ['teams/shop/'] });
  });

  it.each(['/teams', './teams', 'teams/../shop', '..'])(
    'refuses a path of a rule that leaves the root: %s',
    (path) => {
      const { diagnostics } = read(`${HEAD}forbidden: [{ sgId: sg-0a1b2c3d, paths: ['${path}'] }]\n`);
      expect(diagnostics).toMatchObject([{ rule: 'schema/pattern', path: 'forbidden[0].paths[0]' }]);
      expect(diagnostics[0]?.fix).toContain('below the root of the directory');
    },
  );

  it.each([
    {
      reason: 'within the path',
      kept: 'teams/shop/',
      denied: 'teams/shop',
      rules: ['policy/kept-and-forbidden'],
    },
    { reason: 'in other paths', kept: 'teams/shop/', denied: 'teams/data', rules: [] },
  ])('compares rules by their paths too: $reason', ({ kept, denied, rules }) => {
    const { diagnostics } = read(
      `${HEAD}mustKeep: [{ sgId: sg-0a1b2c3d, paths: [${kept}] }]\nforbidden: [{ sgId: sg-0a1b2c3d, paths: [${denied}] }]\n`,
    );
    expect(diagnostics.map(({ rule }) => rule)).toEqual(rules);
  });

  it.each(ROWS)('$reason', ({ reason, text, found, said = '' }) => {
    const { policy, diagnostics } = read(`${HEAD}${text}\n`);
    expect(
      diagnostics.map(({ line, column, rule, path }) => `${line}:${column} ${rule} ${path}`),
      reason,
    ).toEqual(found);
    expect(diagnostics.map(({ message, fix }) => `${message}; ${fix}`).join(), reason).toContain(said);
    expect(policy !== undefined, reason).toBe(!diagnostics.some(({ severity }) => severity === 'error'));
    for (const { severity, fix } of diagnostics)
      if (severity === 'error') expect(fix, reason).not.toContain('binding');
  });

  it('leaves a policy that lies beside bindings alone', () => {
    expect(readDocuments('policy.yaml', Buffer.from(WHOLE))).toMatchObject({
      documents: [],
      diagnostics: [],
      skipped: 1,
      incomplete: false,
    });
  });

  it.each([
    { reason: 'nothing at all', text: '', rule: 'policy/empty' },
    { reason: 'only a comment', text: '# none\n', rule: 'policy/empty' },
    { reason: 'a list', text: '- a\n', rule: 'schema/type' },
    { reason: 'another kind', text: HEAD.replace('Policy', 'Polcy'), rule: 'schema/enum' },
    { reason: 'no kind', text: 'mustKeep: []\n', rule: 'schema/required' },
    { reason: 'bytes that are no text', text: '\u0000', rule: 'file/control-character' },
    { reason: 'an alias without an anchor', text: `${HEAD}mustKeep: *none\n`, rule: 'yaml/unresolved-alias' },
  ])('refuses $reason', ({ text, rule }) => {
    const { policy, diagnostics } = read(text);
    expect(policy).toBeUndefined();
    expect(diagnostics[0]?.rule).toBe(rule);
  });
});
