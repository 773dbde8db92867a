import { describe, expect, it } from 'vitest';
import { G3, INSTANCE_A, instanceSet, simulated } from '../../test/wire/simulated.ts';

const MODIFY = 'ModifySecurityGroupsOfInstance';

describe('malformed and unknown calls', () => {
  it.each([
    ['an unknown action', 'NoSuchAction', { InstanceIds: [] }, {}, 'InvalidAction'],
    ['a version that does not exist', 'DescribeInstances', {}, { version: '2016-01-01' }, 'NoSuchVersion'],
    ['an unknown region', 'DescribeInstances', {}, { region: 'ap-nowhere' }, 'UnsupportedRegion'],
    ['a short region on 3.0', 'DescribeInstances', {}, { region: 'gz' }, 'UnsupportedRegion'],
    [
      'a host of another service',
      'DescribeInstances',
      {},
      { url: 'http://vpc.tencentcloudapi.com/' },
      'InvalidAction',
    ],
  ])('3.0 refuses %s', async (_, action, body, options, code) => {
    expect((await simulated().v3(action, body, options)).Error?.Code).toBe(code);
  });

  it.each([
    ['ap-shanghai-fsi', 'cvm.ap-shanghai-fsi.tencentcloudapi.com', undefined],
    ['ap-shanghai-fsi', 'cvm.ap-shanghai-fsi.internal.tencentcloudapi.com', undefined],
    ['ap-shanghai-fsi', '127.0.0.1:8099', undefined],
    ['ap-shanghai-fsi', 'cvm.tencentcloudapi.com', 'UnsupportedRegion'],
    ['ap-shenzhen-fsi', 'cvm.ap-shanghai-fsi.tencentcloudapi.com', 'UnsupportedRegion'],
    ['ap-guangzhou', 'cvm.ap-shanghai-fsi.tencentcloudapi.com', 'UnsupportedRegion'],
    ['ap-guangzhou', 'cvm.ap-guangzhou.tencentcloudapi.com', undefined],
    ['ap-guangzhou', 'cvm.internal.tencentcloudapi.com', undefined],
  ])('3.0 serves a finance region at its own hosts alone: %s at %s gives %s', async (region, host, code) => {
    const reply = await simulated().v3('DescribeInstances', {}, { region, url: `http://${host}/` });
    expect(reply.Error?.Code).toBe(code);
  });

  it('2.0 refuses an unknown action and a host of another module with 6100, and takes short regions', async () => {
    const cloud = simulated();
    const write = instanceSet([[INSTANCE_A, [G3]]]);
    const wrongHost = { url: 'http://cvm.api.qcloud.com/v2/index.php' };
    expect(String((await cloud.v2('NoSuchAction', {})).code)).toBe('6100');
    expect(String((await cloud.v2(MODIFY, write, wrongHost)).code)).toBe('6100');
    expect(String((await cloud.v2(MODIFY, write, { region: 'nowhere' })).code)).toBe('4000');
    expect((await cloud.v2(MODIFY, write, { region: 'gz' })).code).toBe(0);
  });

  it.each([
    'http://127.0.0.1/other',
    'http://cvm.tencentcloudapi.com/v2/index.php',
    'http://dfw.api.qcloud.com/',
  ])('answers 404 at %s, where no generation lives', async (url) => {
    const reply = await simulated().transport({ method: 'GET', url, headers: {} });
    expect(reply.status).toBe(404);
  });
});
