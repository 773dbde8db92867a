/** A refusal in the words of both generations: each envelope takes the code that is its own. */

export interface Failure {
  /** The code of API 2.0, such as `7003`. */
  readonly v2: string;
  /** The code of API 3.0, such as `InvalidInstanceId.NotFound`. */
  readonly v3: string;
  readonly message: string;
  /** What API 2.0 says, where it speaks Chinese. */
  readonly chinese?: string;
  /** True when a quota was exceeded. */
  readonly throttled?: true;
}

export type Outcome =
  | { readonly ok: true; readonly body: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly failure: Failure };

export function refuse(failure: Failure): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure };
}

export const missingParameter = (name: string): Failure => ({
  v2: '4000',
  v3: 'MissingParameter',
  message: `The request is missing a required parameter \`${name}\`.`,
  chinese: `(100004)缺少必要参数 ${name}`,
});

/** A parameter that is wrong; `v3` is the code of API 3.0. */
export const invalidParameter = (v3: string, message: string): Failure => ({
  v2: '4000',
  v3,
  message,
});

export const malformedRequest = (message: string): Failure => ({ v2: '4000', v3: 'InvalidRequest', message });

export const unknownAction = (action: string): Failure => ({
  v2: '6100',
  v3: 'InvalidAction',
  message: `The API action \`${action}\` is invalid or doesn't exist.`,
  chinese: `(6100)版本暂不支持此接口 ${action},请确认接口的域名是否正确`,
});

export const unknownRegion = (region: string): Failure => ({
  v2: '4000',
  v3: 'UnsupportedRegion',
  message: `The region \`${region}\` is not supported.`,
  chinese: `(100004)地域 ${region} 不存在`,
});

export const secretIdNotFound: Failure = {
  v2: '4104',
  v3: 'AuthFailure.SecretIdNotFound',
  message: 'The SecretId is not found, please ensure that your SecretId is correct.',
  chinese: '(4104)密钥不存在',
};

export const signatureFailure = (detail: string): Failure => ({
  v2: '4100',
  v3: 'AuthFailure.SignatureFailure',
  message: `The provided credentials could not be validated. Please check your signature is correct. (${detail})`,
  chinese: `(4100)鉴权失败,签名不正确 (${detail})`,
});

export const tokenFailure = (detail: string): Failure => ({
  v2: '4105',
  v3: 'AuthFailure.TokenFailure',
  message: `The token is illegal: ${detail}.`,
  chinese: `(4105)Token 错误: ${detail}`,
});

export const requestExpired = (requestSeconds: number, serverSeconds: number): Failure => ({
  v2: '4200',
  v3: 'AuthFailure.SignatureExpire',
  message: `The signature is expired: the request time is ${requestSeconds}, the server time is ${serverSeconds}.`,
  chinese: `(4200)请求过期: 请求时间 ${requestSeconds}, 服务器时间 ${serverSeconds}`,
});

export const requestFromFuture = (requestSeconds: number, serverSeconds: number): Failure => ({
  v2: '4500',
  v3: 'AuthFailure.SignatureExpire',
  message: `The request time ${requestSeconds} is ahead of the server time ${serverSeconds}.`,
  chinese: `(4500)重放攻击: 请求时间 ${requestSeconds}, 服务器时间 ${serverSeconds}`,
});

export const nonceReplayed: Failure = {
  v2: '4500',
  v3: 'AuthFailure.SignatureExpire',
  message: 'Replay attack: the Nonce was used before.',
  chinese: '(4500)重放攻击: Nonce 重复',
};

export const quotaExceeded = (calls: number, limit: number): Failure => ({
  v2: '4400',
  v3: 'RequestLimitExceeded',
  message: `Your current request times equals to \`${calls}\` in a second, which exceeds the frequency limit \`${limit}\` for a second. Please reduce the frequency of calls.`,
  chinese: `(4400)超过配额: 每秒请求 ${calls} 次,上限 ${limit} 次`,
  throttled: true,
});

export const instanceNotFound = (ids: readonly string[]): Failure => ({
  v2: '5000',
  v3: 'InvalidInstanceId.NotFound',
  message: `The instances \`${ids.join('`, `')}\` do not exist.`,
  chinese: `(5000)资源不存在: ${ids.join(', ')}`,
});

export const groupNotFound = (ids: readonly string[]): Failure => ({
  v2: '7001',
  v3: 'InvalidSecurityGroupId.NotFound',
  message: `The security groups \`${ids.join('`, `')}\` do not exist.`,
  chinese: `(7001)安全组不存在: ${ids.join(', ')}`,
});

/** The instance's state forbids the change; `v3` names the state. */
export const stateForbids = (v3: string, instanceId: string, state: string): Failure => ({
  v2: '7003',
  v3,
  message: `The instance \`${instanceId}\` in the \`${state}\` status is not supported.`,
  chinese: `(7003)云服务器 ${instanceId} 当前状态不允许关联安全组`,
});

export const partlyExecuted = (failed: readonly string[]): Failure => ({
  v2: '5400',
  v3: 'FailedOperation.SecurityGroupActionFailed',
  message: `The security group operation failed for \`${failed.join('`, `')}\`.`,
  chinese: `(5400)批量操作部分成功, 失败: ${failed.join(', ')}`,
});

export const offline = (action: string, v2: string): Failure => ({
  v2,
  v3: 'ActionOffline',
  message: `The API action \`${action}\` is offline.`,
  chinese: `(${v2})版本暂不支持此接口,API 2.0 已下线`,
});
