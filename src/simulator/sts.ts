import type { ActionSpec } from './action.ts';
import { invalidParameter, type Outcome, refuse } from './failures.ts';
import type { Machine } from './machine.ts';
import { integerOf, type TypedParams, textOf } from './v3/parameters.ts';

const DEFAULT_DURATION_SECONDS = 7200;
const MAX_DURATION_SECONDS = 43_200;

/** STS `AssumeRoleWithWebIdentity`, version 2018-08-13: a temporary key for whoever brings a web identity and names a known role. */
export function assumeRoleWithWebIdentity(machine: Machine): ActionSpec {
  return {
    service: 'sts',
    version: '2018-08-13',
    parameters: {
      ProviderId: 'string',
      WebIdentityToken: 'string',
      RoleArn: 'string',
      RoleSessionName: 'string',
      DurationSeconds: 'integer',
    },
    required: ['ProviderId', 'WebIdentityToken', 'RoleArn', 'RoleSessionName'],
    run: (context) => assume(machine, context.params.values),
  };
}

function assume(machine: Machine, values: TypedParams): Outcome {
  const arn = textOf(values, 'RoleArn') ?? '';
  const name = /^qcs::cam::uin\/\d+:roleName\/(.+)$/.exec(arn)?.[1];
  const role = machine.roles.find((it) => it.name === name);
  if (role === undefined) {
    return refuse(invalidParameter('ResourceNotFound.RoleNotFound', `The role \`${arn}\` does not exist.`));
  }
  if ((textOf(values, 'WebIdentityToken') ?? '').trim() === '') {
    return refuse(
      invalidParameter('InvalidParameter.WebIdentityTokenError', 'The web identity token is empty.'),
    );
  }
  const seconds = integerOf(values, 'DurationSeconds') ?? DEFAULT_DURATION_SECONDS;
  if (seconds < 1 || seconds > MAX_DURATION_SECONDS) {
    const message = `DurationSeconds must be from 1 to ${MAX_DURATION_SECONDS}.`;
    return refuse(invalidParameter('InvalidParameter.OverTimeError', message));
  }
  const issued = machine.credentials.issue(role.accountName, machine.clock.now(), seconds * 1000);
  return {
    ok: true,
    body: {
      Credentials: { Token: issued.token, TmpSecretId: issued.secretId, TmpSecretKey: issued.secretKey },
      ExpiredTime: Math.floor(issued.expiresAtMs / 1000),
      Expiration: rfc3339(issued.expiresAtMs),
    },
  };
}

/** The vendor's form: seconds, `Z`. */
export function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
