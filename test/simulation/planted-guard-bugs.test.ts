/** Promises of a policy that are broken on purpose: the simulation has to find each. */
import { afterEach, describe, expect, it, vi } from 'vitest';

type MustKeep = typeof import('../../src/core/guards/must-keep.ts');
type Forbidden = typeof import('../../src/core/guards/forbidden.ts');
type Exposure = typeof import('../../src/core/guards/exposure.ts');
type Rules = typeof import('../../src/controller/scope/scope-rules.ts');
type Update = typeof import('../../src/core/firewall/book-update.ts');
type RealGroups = typeof import('../../src/core/guards/real-groups.ts');
type ChangeWindow = typeof import('../../src/core/guards/change-window.ts');
type GrantsFile = typeof import('../../src/controller/budget/grants.ts');
type TenancyFile = typeof import('../../src/core/tenancy.ts');
type ClaimFile = typeof import('../../src/core/claim-index.ts');
type SizesFile = typeof import('../../src/controller/budget/fleet-sizes.ts');
type JournalFile = typeof import('../../src/store/sqlite/journal-table.ts');
type Change = typeof import('../../src/core/plan.ts');
type Digest = typeof import('../../src/controller/budget/plan-digest.ts');
type Fight = typeof import('../../src/core/fight.ts');
type Order = typeof import('../../src/directory/revision-numbers.ts');
type Selector = typeof import('../../src/core/selector.ts');

const LAST_SEED = 200;

/** The first violation in the first few histories with a policy. */
async function firstViolation(): Promise<string | undefined> {
  const { runSeed } = await import('./run-seed.ts');
  for (let seed = 2; seed <= LAST_SEED; seed += 2) {
    const { violations } = await runSeed(seed);
    if (violations.length > 0) return violations[0];
  }
  return undefined;
}

const MOCKED = [
  '../../src/core/guards/must-keep.ts',
  '../../src/core/guards/forbidden.ts',
  '../../src/core/guards/exposure.ts',
  '../../src/controller/scope/scope-rules.ts',
  '../../src/core/firewall/book-update.ts',
  '../../src/core/guards/real-groups.ts',
  '../../src/core/guards/change-window.ts',
  '../../src/core/tenant-rights.ts',
  '../../src/core/tenancy.ts',
  '../../src/core/claim-index.ts',
  '../../src/controller/budget/fleet-sizes.ts',
  '../../src/controller/budget/grants.ts',
  '../../src/store/sqlite/journal-table.ts',
  '../../src/core/plan.ts',
  '../../src/controller/budget/plan-digest.ts',
  '../../src/core/fight.ts',
  '../../src/core/selector.ts',
  '../../src/directory/revision-numbers.ts',
];

afterEach(() => {
  vi.resetModules();
  for (const path of MOCKED) vi.doUnmock(path);
});

describe('the simulation finds', () => {
  it('an approval that counts for what came with it', async () => {
    vi.doMock('../../src/directory/revision-numbers.ts', async (original) => {
      const real = await original<Order>();
      return {
        ...real,
        RevisionOrder: class extends real.RevisionOrder {
          override broughtIn(): number {
            return -1;
          }
        },
      };
    });
    expect(await firstViolation()).toMatch(/approved in no later revision/);
  });

  it('a must-keep group that is looked for anywhere, though it has to be first', async () => {
    vi.doMock('../../src/core/guards/must-keep.ts', async (original) => {
      const real = await original<MustKeep>();
      const lax: MustKeep['mustKeep'] = (input) => {
        const { policy } = input.rules;
        const mustKeep = policy.mustKeep.map(({ sgId, where }) => ({ sgId, where }));
        return real.mustKeep({ ...input, rules: { ...input.rules, policy: { ...policy, mustKeep } } });
      };
      return { ...real, mustKeep: lax };
    });
    expect(await firstViolation()).toMatch(/lacks the must-keep group/);
  });

  it('a forbidden group that passes', async () => {
    vi.doMock('../../src/core/guards/forbidden.ts', async (original) => {
      const real = await original<Forbidden>();
      return { ...real, forbidden: (() => undefined) satisfies Forbidden['forbidden'] };
    });
    expect(await firstViolation()).toMatch(/has the forbidden group/);
  });

  it('an opening that is forbidden and passes', async () => {
    vi.doMock('../../src/core/guards/exposure.ts', async (original) => {
      const real = await original<Exposure>();
      return { ...real, exposure: (() => undefined) satisfies Exposure['exposure'] };
    });
    expect(await firstViolation()).toMatch(/opens what "rule \d" forbids|read long ago/);
  });

  it('an opening that needs an approval and has none', async () => {
    vi.doMock('../../src/core/guards/exposure.ts', async (original) => {
      const real = await original<Exposure>();
      const lax: Exposure['exposureOfChange'] = (input) => {
        const { needsApproval: _, ...rest } = real.exposureOfChange(input);
        return rest;
      };
      return { ...real, exposureOfChange: lax };
    });
    expect(await firstViolation()).toMatch(/opens what "rule \d" forbids/);
  });

  it('an opening that is judged by old rules', async () => {
    vi.doMock('../../src/controller/scope/scope-rules.ts', async (original) => {
      const real = await original<Rules>();
      class Careless extends real.ScopeRules {
        override need(): boolean {
          return true;
        }
      }
      return { ...real, ScopeRules: Careless };
    });
    expect(await firstViolation()).toMatch(/by rules that were read long ago/);
  });

  it('rules that are never learned anew', async () => {
    vi.doMock('../../src/core/firewall/book-update.ts', async (original) => {
      const real = await original<Update>();
      const deaf: Update['updatedBook'] = (known, reading) => {
        const unknown = [...reading.book.groups].filter(([sgId]) => !known.groups.has(sgId));
        return real.updatedBook(known, { ...reading, book: { groups: new Map(unknown) } });
      };
      return { ...real, updatedBook: deaf };
    });
    expect(await firstViolation()).toMatch(/opens what "rule \d" forbids|was starved/);
  });

  it('a group that does not exist and passes', async () => {
    vi.doMock('../../src/core/guards/real-groups.ts', async (original) => {
      const real = await original<RealGroups>();
      return { ...real, realGroups: (() => undefined) satisfies RealGroups['realGroups'] };
    });
    expect(await firstViolation()).toMatch(/gets the group|before the groups were read/);
  });

  it('a change window that is taken for open', async () => {
    vi.doMock('../../src/core/guards/change-window.ts', async (original) => {
      const real = await original<ChangeWindow>();
      const late: ChangeWindow['changeWindow'] = (input) => {
        const windows = input.rules.windows.map((window) => ({ ...window, open: window.effect === 'allow' }));
        return real.changeWindow({ ...input, rules: { ...input.rules, windows } });
      };
      return { ...real, changeWindow: late };
    });
    expect(await firstViolation()).toMatch(/window/);
  });

  it('a tenant that may name the groups of others', async () => {
    vi.doMock('../../src/core/tenant-rights.ts', async (original) => ({
      ...(await original<object>()),
      deniedGroups: () => [],
    }));
    expect(await firstViolation()).toMatch(/no tenant allows it/);
  });

  it('a claim of somebody who may not name the instance, which keeps it from whom it belongs to', async () => {
    vi.doMock('../../src/core/tenancy.ts', async (original) => {
      const real = await original<TenancyFile>();
      class Open extends real.Tenancy {
        override fit(): 'yes' {
          return 'yes';
        }
      }
      return { ...real, Tenancy: Open };
    });
    expect(await firstViolation()).toMatch(/no tenant allows it|may not or cannot hold it|was starved/);
  });

  it('a claim that holds an instance which its own region does not know', async () => {
    vi.doMock('../../src/core/claim-index.ts', async (original) => {
      const real = await original<ClaimFile>();
      class Rash extends real.ClaimIndex {
        constructor(options: ConstructorParameters<ClaimFile['ClaimIndex']>[0]) {
          const found = {
            sgIds: [],
            state: '',
            restrictState: '',
            latestOperationState: '',
            tags: { env: 'test' },
          };
          super({
            ...options,
            observations: {
              seen: (scope, id) => options?.observations?.seen(scope, id) || { ...found, instanceId: id },
            },
          });
        }
      }
      return { ...real, ClaimIndex: Rash };
    });
    expect(await firstViolation()).toMatch(/cannot hold it/);
  });

  it('a budget that all tenants share', async () => {
    vi.doMock('../../src/core/tenancy.ts', async (original) => {
      const real = await original<TenancyFile>();
      class Shared extends real.Tenancy {
        override tenantOf(): string {
          return '';
        }
      }
      return { ...real, Tenancy: Shared };
    });
    expect(await firstViolation()).toMatch(/without an approval|was starved/);
  });

  it('a budget that counts what nobody has', async () => {
    vi.doMock('../../src/controller/budget/fleet-sizes.ts', async (original) => {
      const real = await original<SizesFile>();
      class Boastful extends real.FleetSizes {
        override inScope(scope: string): ReadonlyMap<string, number> {
          return new Map([...super.inScope(scope)].map(([tenant, count]) => [tenant, count + 60]));
        }
      }
      return { ...real, FleetSizes: Boastful };
    });
    expect(await firstViolation()).toMatch(/without an approval/);
  });

  it('a blast radius that forgets what has changed of late', async () => {
    vi.doMock('../../src/controller/budget/grants.ts', async (original) => {
      const real = await original<GrantsFile>();
      class Forgetful extends real.Grants {
        override used(): ReturnType<GrantsFile['Grants']['prototype']['used']> {
          return new Map();
        }
      }
      return { ...real, Grants: Forgetful };
    });
    expect(await firstViolation()).toMatch(/without an approval/);
  });

  it('a blast radius that a restart begins anew', async () => {
    vi.doMock('../../src/store/sqlite/journal-table.ts', async (original) => {
      const real = await original<JournalFile>();
      class Forgetful extends real.JournalTable {
        override recent(): [] {
          return [];
        }
      }
      return { ...real, JournalTable: Forgetful };
    });
    expect(await firstViolation()).toMatch(/without an approval/);
  });

  it('an approval that covers whatever leads to the same lists', async () => {
    vi.doMock('../../src/core/plan.ts', async (original) => {
      const real = await original<Change>();
      const lax: Change['sameChange'] = (a, b) =>
        a !== undefined && real.sameChange({ ...a, from: [] }, { ...b, from: [] });
      return { ...real, sameChange: lax };
    });
    expect(await firstViolation()).toMatch(/which does not say so/);
  });

  it('a digest that says nothing of what a plan changes from', async () => {
    vi.doMock('../../src/controller/budget/plan-digest.ts', async (original) => {
      const real = await original<Digest>();
      const short: Digest['planDigest'] = (changes) =>
        real.planDigest([...changes].map((change) => ({ ...change, from: [] })));
      return { ...real, planDigest: short };
    });
    expect(await firstViolation()).toMatch(/that of another plan/);
  });

  it('a fight that is fought at full speed', async () => {
    vi.doMock('../../src/core/fight.ts', async (original) => {
      const real = await original<Fight>();
      return { ...real, rewriteNotBeforeMs: (() => 0) satisfies Fight['rewriteNotBeforeMs'] };
    });
    expect(await firstViolation()).toMatch(/in a fight/);
  });

  it('a selector that takes what it does not fit', async () => {
    vi.doMock('../../src/core/selector.ts', async (original) => {
      const real = await original<Selector>();
      const wide: Selector['fits'] = (selector, instance) =>
        real.fits({ excluded: selector.excluded }, instance);
      return { ...real, fits: wide };
    });
    expect(await firstViolation()).toMatch(/nobody names it|nobody declares/);
  });
});
