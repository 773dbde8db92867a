/** Notices another installation on the same Leases, which this one has to wait for, and says so once. */
import type { Log } from '../../runtime/log.ts';
import type { LeaseMembers } from './lease-members.ts';

export interface ForeignInstallationOptions {
  readonly log: Log;
  readonly namespace: string;
  readonly members: Pick<LeaseMembers, 'foreign' | 'watches'>;
}

export class ForeignInstallation {
  readonly #options: ForeignInstallationOptions;
  /** What it followed when it was last looked for. */
  #follows: string | undefined;

  constructor(options: ForeignInstallationOptions) {
    this.#options = options;
  }

  /** Whether this installation had to wait at the last look. */
  get isThere(): boolean {
    return this.#follows !== undefined;
  }

  look(): void {
    const { members, log, namespace } = this.#options;
    const follows = members.foreign();
    if (follows === this.#follows) return;
    this.#follows = follows;
    if (follows === undefined) return log.info({}, 'no other installation uses the same leases any more');
    const text =
      `another installation keeps its leases in namespace "${namespace}" too. It follows ${follows}, and this one ${members.watches}: ` +
      'this one waits until that one has ended. Give each installation a namespace of its own, or a --lease-namespace of its own';
    log.error({ namespace }, text);
  }
}
