/** The form of a policy file, as JSON Schema. */

import { POLICY_KIND } from '../../api/policy-document.ts';
import { API_VERSION } from '../../api/resource.ts';
import type { StructuralSchema } from '../../api/structural-schema.ts';

const mapping = (
  properties: Readonly<Record<string, StructuralSchema>>,
  required: readonly string[] = [],
): StructuralSchema => ({ type: 'object', properties, required, additionalProperties: false });

const some = (items: StructuralSchema): StructuralSchema => ({
  type: 'array',
  minItems: 1,
  uniqueItems: true,
  items,
});

const text = (pattern: string, example: string): StructuralSchema => ({
  type: 'string',
  pattern,
  examples: [example],
});

/** Rules are compared with each other. */
const MAX_RULES = 1_000;

const SG_ID: StructuralSchema = {
  ...text('^sg-[0-9a-z]{6,16}$', 'sg-0a1b2c3d'),
  description: 'the id of a security group.',
};
const NAME = text('^[A-Za-z0-9]([A-Za-z0-9 ._-]{0,61}[A-Za-z0-9])?$', 'night shift');
const DURATION = text('^(?=.*[1-9])([0-9]{1,6}(s|m|h|d))+$', '1h30m');
const NAMESPACES = some(text('^[a-z0-9*?]([-a-z0-9*?]*[a-z0-9*?])?$', 'shop-*'));
/** Relative, without a step upwards: it is compared with paths that have neither. */
const PATH = text('^(?!/|\\./)(?!(.*/)?\\.\\.(/|$)).+$', 'teams/shop/');
const PATHS = some(PATH);
const TAGS: StructuralSchema = {
  type: 'object',
  minProperties: 1,
  additionalProperties: { type: 'string' },
};

const REGIONS = some(text('^[a-z][a-z0-9-]*$', 'ap-guangzhou'));

const SCOPE: Readonly<Record<string, StructuralSchema>> = {
  regions: REGIONS,
  tags: TAGS,
  namespaces: NAMESPACES,
  paths: PATHS,
};

const LIMIT: Readonly<Record<string, StructuralSchema>> = {
  share: text('^(100|[0-9]{1,2}(\\.[0-9]+)?)%$', '20%'),
  count: { type: 'integer', minimum: 0 },
};

/** Each is asked about every change. */
const MAX_EXPOSURE_RULES = 100;
const SERVICE = text('^\\S.*$', 'tcp/22');
const PREFIX = text('^\\S.*$', '10.0.0.0/8');

/** The fields of a document that is meant as a policy; `blastRadius: none` and a position `first` are read before. */
export const POLICY_SCHEMA: StructuralSchema = mapping(
  {
    apiVersion: { type: 'string', enum: [API_VERSION] },
    kind: { type: 'string', enum: [POLICY_KIND] },
    blastRadius: mapping({
      ...LIMIT,
      period: DURATION,
      total: { ...mapping(LIMIT), minProperties: 1 },
    }),
    mustKeep: {
      type: 'array',
      maxItems: MAX_RULES,
      items: mapping({ sgId: SG_ID, position: { type: 'integer', minimum: 1 }, ...SCOPE }, ['sgId']),
    },
    forbidden: { type: 'array', maxItems: MAX_RULES, items: mapping({ sgId: SG_ID, ...SCOPE }, ['sgId']) },
    exposure: {
      type: 'array',
      maxItems: MAX_EXPOSURE_RULES,
      items: mapping(
        {
          name: { ...NAME, description: 'what messages call it.' },
          never: {
            ...mapping({ services: some(SERVICE), from: some(PREFIX), to: some(PREFIX) }),
            minProperties: 1,
            description: 'what may not open, such as `{ services: [tcp/22], from: [0.0.0.0/0, "::/0"] }`.',
          },
          except: some(PREFIX),
          conditional: { type: 'string', enum: ['deny', 'allow'] },
          approval: { type: 'string', enum: ['deny', 'allow'] },
          ...SCOPE,
        },
        ['name', 'never'],
      ),
    },
    windows: {
      type: 'array',
      maxItems: MAX_RULES,
      items: mapping(
        {
          name: { ...NAME, description: 'what messages call it.' },
          effect: { type: 'string', enum: ['allow', 'deny'], description: '`allow` or `deny`.' },
          schedule: { type: 'string', description: 'when it opens, such as `"0 22 * * 1-5"`.' },
          duration: { ...DURATION, description: 'how long it stays open, such as `4h`.' },
          timeZone: { type: 'string', description: 'the zone of the schedule, such as `Asia/Shanghai`.' },
          ...SCOPE,
        },
        ['name', 'effect', 'schedule', 'duration', 'timeZone'],
      ),
    },
    tenants: {
      maxItems: MAX_RULES,
      ...some(
        mapping(
          {
            name: NAME,
            namespaces: NAMESPACES,
            paths: PATHS,
            instances: {
              ...mapping({
                ids: some(text('^ins-[0-9a-z]{6,16}$', 'ins-0a1b2c3d')),
                tags: TAGS,
                vpcIds: some(text('^vpc-[0-9a-z]{6,16}$', 'vpc-0a1b2c3d')),
              }),
              minProperties: 1,
            },
            groups: some(SG_ID),
          },
          ['name'],
        ),
      ),
    },
    regions: REGIONS,
    accounts: some(text('^[a-z0-9*?]([-a-z0-9.*?/]*[a-z0-9*?])?$', 'shop/*')),
    fights: mapping({ rewrites: { type: 'integer', minimum: 1 }, within: DURATION, pace: DURATION }),
    approvals: mapping({
      // None: no document approves anything.
      paths: { type: 'array', items: PATH },
      annotations: { type: 'boolean' },
      laterRevision: { type: 'boolean' },
      verified: { type: 'boolean' },
    }),
    emergencies: mapping({ longest: DURATION, tenants: some(NAME) }),
    verifyGroups: { type: 'boolean' },
  },
  ['apiVersion', 'kind'],
);
