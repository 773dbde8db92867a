/** The keys of a simulated cloud: those of the default account from the environment, others as a profile would have them. */
import type { CredentialsProvider } from '../../src/cloud/credentials/credentials.ts';
import { createCredentialsProvider } from '../../src/cloud/credentials/provider.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { Secret } from '../../src/runtime/secret.ts';
import type { Transport } from '../../src/runtime/transport.ts';
import { DEFAULT_ACCOUNT } from '../../src/simulator/fleet.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';

export function credentialsOf(
  { credentials }: Simulator,
  machine: { readonly transport: Transport; readonly clock: Clock },
): CredentialsProvider {
  const keyOf = (account: string) => credentials.find(({ accountName }) => accountName === account);
  const key = keyOf(DEFAULT_ACCOUNT) ?? credentials[0];
  const env = { TENCENTCLOUD_SECRET_ID: key?.secretId, TENCENTCLOUD_SECRET_KEY: key?.secretKey };
  const real = createCredentialsProvider({ env, ...machine });
  return {
    get: async (account, signal) => {
      const profile = account === DEFAULT_ACCOUNT ? undefined : keyOf(account);
      if (profile === undefined) return real.get(account, signal);
      const { secretId, secretKey } = profile;
      return { ok: true, credentials: { secretId, secretKey: new Secret(secretKey), source: 'simulation' } };
    },
    invalidate: (account) => real.invalidate(account),
  };
}
