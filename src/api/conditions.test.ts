import { describe, expect, it } from 'vitest';
import { structuralSchema } from './binding-schema.ts';
import { CONDITION_REASONS, CONDITION_TYPES } from './conditions.ts';
import { BINDING_CRD } from './crd.generated.ts';

describe('condition types and reasons', () => {
  const conditions = structuralSchema(BINDING_CRD).properties?.status?.properties?.conditions;

  it.each(Object.entries({ ...CONDITION_TYPES, ...CONDITION_REASONS }))(
    '%s is explained in one sentence',
    (_, sentence) => {
      expect(sentence).toMatch(/^[A-Z][^\n]*[^.]\.$/);
    },
  );

  it.each(Object.keys(CONDITION_REASONS))('%s is a reason that a server accepts', (reason) => {
    expect(reason).toMatch(new RegExp(String(conditions?.items?.properties?.reason?.pattern)));
  });

  it('all fit into the status at once', () => {
    expect(Object.keys(CONDITION_TYPES).length).toBeLessThanOrEqual(Number(conditions?.maxItems));
  });
});
