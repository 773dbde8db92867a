import { describe, expect, it } from 'vitest';
import { checkEndpoint, resolveEndpoints, rootDomainProblem } from './endpoint.ts';

describe('endpoints', () => {
  it('are the vendor hosts by default, one per module and generation', () => {
    expect(resolveEndpoints('ap-guangzhou')).toEqual({
      v2Dfw: 'https://dfw.api.qcloud.com',
      v2Cvm: 'https://cvm.api.qcloud.com',
      v3Cvm: 'https://cvm.tencentcloudapi.com',
      v3Vpc: 'https://vpc.tencentcloudapi.com',
      v3Sts: 'https://sts.tencentcloudapi.com',
      custom: false,
    });
  });

  it.each([
    ['ap-guangzhou', undefined, 'tencentcloudapi.com'],
    ['gz', undefined, 'tencentcloudapi.com'],
    ['ap-shanghai-fsi', undefined, 'ap-shanghai-fsi.tencentcloudapi.com'],
    ['szjr', undefined, 'ap-shenzhen-fsi.tencentcloudapi.com'],
    ['ap-beijing-fsi', undefined, 'ap-beijing-fsi.tencentcloudapi.com'],
    ['ap-guangzhou', 'internal.tencentcloudapi.com', 'internal.tencentcloudapi.com'],
    ['ap-shanghai-fsi', 'internal.tencentcloudapi.com', 'ap-shanghai-fsi.internal.tencentcloudapi.com'],
    ['ap-singapore', 'intl.tencentcloudapi.com', 'intl.tencentcloudapi.com'],
  ])('of region %s below the root domain %s lie at <product>.%s', (region, rootDomain, below) => {
    expect(resolveEndpoints(region, { rootDomain })).toMatchObject({
      v2Dfw: 'https://dfw.api.qcloud.com',
      v3Cvm: `https://cvm.${below}`,
      v3Vpc: `https://vpc.${below}`,
      v3Sts: `https://sts.${below}`,
      custom: false,
    });
  });

  it.each(['x@evil.example/-fsi', 'evil.example#-fsi', 'a.b-fsi', '-fsi', ''])(
    'never come from what a region such as %j smuggles in',
    (region) => expect(resolveEndpoints(region).v3Cvm).toBe('https://cvm.tencentcloudapi.com'),
  );

  it.each([
    ['https://tencentcloudapi.com', /write "tencentcloudapi.com"/],
    ['cvm.tencentcloudapi.com', /write "tencentcloudapi.com"/],
    ['tencentcloudapi.com/', /write "tencentcloudapi.com"/],
    ['Tencentcloudapi.com', /write "tencentcloudapi.com"/],
    ['user:secret@evil.example', /write one such as "tencentcloudapi.com"/],
    ['localhost', /write one such as/],
    ['tencentcloudapi.com:443', /write one such as/],
  ])('refuse the root domain %s', (rootDomain, says) => {
    expect(rootDomainProblem(rootDomain)).toMatch(says);
    expect(() => resolveEndpoints('', { rootDomain })).toThrow(TypeError);
  });

  it.each([
    ['http://127.0.0.1:8099', 'http://127.0.0.1:8099', 'loopback'],
    ['http://127.9.8.7/', 'http://127.9.8.7', 'all of 127.0.0.0/8'],
    ['http://[::1]:8099', 'http://[::1]:8099', 'loopback of IPv6'],
    ['http://localhost:1', 'http://localhost:1', 'loopback by name'],
    [
      'https://cloud.example:443',
      'https://cloud.example',
      'the default port is not sent, so it is not signed',
    ],
  ])('take %s', (endpoint, base, reason) => {
    expect(checkEndpoint(endpoint), reason).toBe(base);
  });

  it.each([
    ['http://10.0.0.1:8099', /plain http to "10\.0\.0\.1:8099"/, 'plain http leaves the machine'],
    ['http://127.0.0.1.evil.example', /plain http/, 'a name that only starts like loopback'],
    ['http://localhost.evil.example', /plain http/, 'a name that only starts like localhost'],
    ['ftp://127.0.0.1', /to be a URL/, 'no http at all'],
    ['127.0.0.1:8099', /to be a URL/, 'no scheme'],
    ['https://user:hunter2@cloud.example', /user name or password/, 'a password'],
    ['https://cloud.example/api', /scheme, host and port alone/, 'a path would not be signed'],
    ['https://cloud.example/?a=b', /scheme, host and port alone/, 'a query'],
  ])('refuse %s', (endpoint, message, reason) => {
    expect(() => checkEndpoint(endpoint), reason).toThrow(message);
    expect(() => checkEndpoint(endpoint)).not.toThrow(/hunter2/);
  });

  it('take plain http to other machines when that is allowed by name', () => {
    expect(checkEndpoint('http://10.0.0.1:8099', { allowInsecure: true })).toBe('http://10.0.0.1:8099');
  });
});
