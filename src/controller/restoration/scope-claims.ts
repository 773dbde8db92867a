/** The claims on instances of one scope: those of bindings, and those of restorations. */
import type { InstanceId } from '../../api/ids.ts';
import type { Claim } from '../../core/claim.ts';
import type { ClaimIndex } from '../../core/claim-index.ts';
import { scopeKey } from '../../core/model.ts';
import type { Restorations } from './restorations.ts';

export interface ScopeClaimsOptions {
  readonly claims: Pick<ClaimIndex, 'claim' | 'mayBeClaimed' | 'tenancy'>;
  readonly restorations: Pick<Restorations, 'claim'>;
}

export class ScopeClaims {
  readonly #options: ScopeClaimsOptions;
  readonly #scope: string;

  /** @param scope `account@region`. */
  constructor({ claims, restorations }: ScopeClaimsOptions, scope: string) {
    this.#options = { claims, restorations };
    this.#scope = scope;
  }

  /** Who sets the instance's list here. */
  of(id: InstanceId): Claim | undefined {
    const { claims, restorations } = this.#options;
    const declared = claims.claim(id, this.#scope);
    if (declared !== undefined) return declared;
    const restoring = restorations.claim(id);
    return restoring !== undefined && scopeKey(restoring.owner.scope) === this.#scope ? restoring : undefined;
  }

  /** Who asks for an instance, see {@link Tenancy.turnOf}; '' for nobody. */
  turnOf(id: InstanceId): string {
    const owner = this.of(id)?.owner;
    return owner === undefined ? '' : this.#options.claims.tenancy.turnOf(owner);
  }

  /** Whether somebody names the instance here, and a read may show that it is allowed to. */
  mayBeClaimed(id: InstanceId): boolean {
    return this.#options.claims.mayBeClaimed(id, this.#scope);
  }
}
