/** Faults with requests that come twice, with several accounts and with commands, planted one at a time: a check has to find each. */
import { afterEach, describe, expect, it, vi } from 'vitest';

type CloudErrors = typeof import('../../src/core/cloud-error.ts');
type Model = typeof import('../../src/core/model.ts');
type Memory = typeof import('../../src/cli/rollback/perform-rollback.ts');
type Bindings = typeof import('../../src/cli/rollback/desired-bindings.ts');

const MOCKED = [
  '../../src/core/cloud-error.ts',
  '../../src/core/model.ts',
  '../../src/cli/rollback/perform-rollback.ts',
  '../../src/cli/rollback/desired-bindings.ts',
];
const SEEDS = 40;

/** The first violation that is about this, in the first few histories without a policy. */
async function firstViolation(about: RegExp): Promise<string | undefined> {
  const { runSeed } = await import('./run-seed.ts');
  for (let seed = 1; seed < SEEDS; seed += 2) {
    const found = (await runSeed(seed)).violations.find((violation) => about.test(violation));
    if (found !== undefined) return found;
  }
  return undefined;
}

afterEach(() => {
  vi.resetModules();
  for (const path of MOCKED) vi.doUnmock(path);
});

describe('the simulation finds', () => {
  it('a refusal that is believed although the request had come before', async () => {
    vi.doMock('../../src/core/cloud-error.ts', async (original) => ({
      ...(await original<CloudErrors>()),
      isRepeated: () => false,
    }));
    expect(await firstViolation(/is rejected, and was carried out/)).toBeDefined();
  });

  it('two accounts that are taken for one', async () => {
    vi.doMock('../../src/core/model.ts', async (original) => ({
      ...(await original<Model>()),
      scopeKey: ({ region }: Parameters<Model['scopeKey']>[0]) => region,
    }));
    expect(await firstViolation(/was starved/)).toBeDefined();
  });

  it('a rollback that is recorded as a declaration', async () => {
    vi.doMock('../../src/cli/rollback/perform-rollback.ts', async (original) => {
      const real = await original<Memory>();
      const plain: Memory['rollbackMemory'] = (state, verdicts) => ({
        ...real.rollbackMemory(state, verdicts),
        journal: state,
      });
      return { ...real, rollbackMemory: plain };
    });
    expect(await firstViolation(/is written as .* by rollback/)).toBeDefined();
  });

  it('a rollback that takes the instances for its own', async () => {
    vi.doMock('../../src/cli/rollback/perform-rollback.ts', async (original) => {
      const real = await original<Memory>();
      const owning: Memory['rollbackMemory'] = (state, verdicts) => ({
        ...real.rollbackMemory(state, verdicts),
        inventory: state,
      });
      return { ...real, rollbackMemory: owning };
    });
    expect(await firstViolation(/another owner after a rollback/)).toBeDefined();
  });

  it('a rollback that writes what is suspended', async () => {
    vi.doMock('../../src/cli/rollback/desired-bindings.ts', async (original) => {
      const real = await original<Bindings>();
      const forced: Bindings['desiredBindings'] = (...args) => {
        const { bindings, left } = real.desiredBindings(...args);
        const written = [...bindings].map(
          ([key, binding]) => [key, { ...binding, mode: 'Enforce', suspend: false }] as const,
        );
        return { bindings: new Map(written), left };
      };
      return { ...real, desiredBindings: forced };
    });
    expect(await firstViolation(/is held and was written by rollback/)).toBeDefined();
  });
});
