/** What Terraform's `tencentcloud_instance` asks of the cloud, call by call and field by field, as its published source reads it. */
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { type RunningServer, startServer } from '../../src/simulator/server.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { v3Request } from './signed-request.ts';
import { G1, G2, G3, INSTANCE_A, SMALL_FLEET } from './simulated.ts';

const require = createRequire(import.meta.url);
const { cvm } = require('tencentcloud-sdk-nodejs-cvm') as typeof import('tencentcloud-sdk-nodejs-cvm');

const REGION = 'ap-guangzhou';

let simulator: Simulator;
let server: RunningServer;

beforeAll(async () => {
  simulator = createSimulator({ clock: systemClock, random: systemRandom, fleet: SMALL_FLEET });
  server = await startServer(simulator, { listen: { host: '127.0.0.1', port: 0 } });
});
afterAll(() => server.close());

function signer() {
  const [credential] = simulator.credentials;
  if (credential === undefined) throw new Error('no key');
  return credential;
}

function client() {
  const { secretId, secretKey } = signer();
  const httpProfile = { endpoint: `127.0.0.1:${server.port}`, protocol: 'http://' as const };
  return new cvm.v20170312.Client({
    credential: { secretId, secretKey },
    region: REGION,
    profile: { httpProfile },
  });
}

/** A call of a product whose client is not installed here. */
async function call(action: string, version: string, body: Readonly<Record<string, unknown>>) {
  const url = `${server.url}/`;
  const request = v3Request(action, body, {
    signer: signer(),
    nowMs: systemClock.now(),
    region: REGION,
    url,
    version,
  });
  const reply = await fetch(url, { method: 'POST', headers: request.headers, body: request.body ?? '' });
  const { Response } = (await reply.json()) as { Response: Record<string, unknown> };
  if ('Error' in Response) throw new Error(JSON.stringify(Response.Error));
  return Response;
}

/** The provider follows these pointers without looking whether they lead anywhere: null would end its process. */
function must<T>(value: T | null | undefined, name: string): T {
  if (value === null || value === undefined) throw new Error(`the provider would crash: ${name} is null`);
  return value;
}

/** `resourceTencentCloudInstanceRead`: the state that Terraform keeps. `known` is the state before, empty for an import. */
async function read(instanceId: string, known: Readonly<Record<string, unknown>> = {}) {
  const { InstanceSet } = await client().DescribeInstances({ InstanceIds: [instanceId] });
  const instance = must(InstanceSet?.[0], 'the instance');
  if (instance.LatestOperationState === 'OPERATING') throw new Error('the provider would wait');
  const images = await client().DescribeImages({});
  expect(must(images.TotalCount, 'TotalCount')).toBeGreaterThan(0);
  const imageIds = must(images.ImageSet, 'ImageSet').map((it) => must(it.ImageId, 'ImageId'));
  const tagReply = await call('DescribeResourceTagsByResourceIds', '2018-08-13', {
    ServiceType: 'cvm',
    ResourcePrefix: 'instance',
    ResourceRegion: REGION,
    ResourceIds: [instanceId],
    Limit: 400,
    Offset: 0,
  });
  const tags = (tagReply.Tags as Record<string, string>[]).filter((it) => it.ResourceId === instanceId);
  const systemDisk = must(instance.SystemDisk, 'SystemDisk');
  const disks = (await call('DescribeDisks', '2017-03-12', { DiskIds: [systemDisk.DiskId], Limit: 100 }))
    .DiskSet as Record<string, unknown>[];
  const disk = must(
    disks.find((it) => it.DiskId === systemDisk.DiskId),
    'the system disk',
  );
  expect(must(disk.DiskState, 'DiskState')).not.toBe('EXPANDING');
  const attributes = await client().DescribeInstancesAttributes({
    InstanceIds: [instanceId],
    Attributes: ['UserData'],
  });
  const placement = must(instance.Placement, 'Placement');
  const internet = must(instance.InternetAccessible, 'InternetAccessible');
  const network = must(instance.VirtualPrivateCloud, 'VirtualPrivateCloud');
  must(instance.LoginSettings, 'LoginSettings');
  const imageId = must(instance.ImageId, 'ImageId');
  return {
    image_id: known.image_id === undefined || !imageIds.includes(imageId) ? imageId : known.image_id,
    availability_zone: must(placement.Zone, 'Zone'),
    project_id: must(placement.ProjectId, 'ProjectId'),
    instance_name: instance.InstanceName,
    instance_type: must(instance.InstanceType, 'InstanceType'),
    instance_charge_type: must(instance.InstanceChargeType, 'InstanceChargeType'),
    internet_charge_type: internet.InternetChargeType,
    internet_max_bandwidth_out: internet.InternetMaxBandwidthOut,
    vpc_id: must(network.VpcId, 'VpcId'),
    subnet_id: must(network.SubnetId, 'SubnetId'),
    orderly_security_groups: must(instance.SecurityGroupIds, 'SecurityGroupIds'),
    system_disk_type: must(systemDisk.DiskType, 'DiskType'),
    system_disk_size: must(systemDisk.DiskSize, 'DiskSize'),
    system_disk_id: must(systemDisk.DiskId, 'DiskId'),
    system_disk_name: must(disk.DiskName, 'DiskName'),
    private_ip: must(instance.PrivateIpAddresses?.[0], 'PrivateIpAddresses'),
    running_flag: must(instance.InstanceState, 'InstanceState') !== 'STOPPED',
    create_time: must(instance.CreatedTime, 'CreatedTime'),
    uuid: must(instance.Uuid, 'Uuid'),
    user_data: must(attributes.InstanceSet?.[0]?.Attributes?.UserData, 'UserData'),
    tags: Object.fromEntries(tags.map(({ TagKey, TagValue }) => [TagKey, TagValue])),
    data_disks: must(instance.DataDisks, 'DataDisks'),
  };
}

describe('Terraform on `orderly_security_groups`', () => {
  it('imports, plans nothing, changes the order, and plans nothing again', async () => {
    const imported = await read(INSTANCE_A);
    expect(imported).toMatchObject({
      orderly_security_groups: [G1, G2],
      vpc_id: 'vpc-a',
      tags: { app: 'web' },
      data_disks: [],
    });
    expect(await read(INSTANCE_A, imported)).toEqual(imported);

    const SecurityGroups = [G3, G1];
    await client().ModifyInstancesAttribute({ InstanceIds: [INSTANCE_A], SecurityGroups });
    const applied = await read(INSTANCE_A, imported);
    expect(applied).toEqual({ ...imported, orderly_security_groups: SecurityGroups });
    expect(simulator.state.list(INSTANCE_A)).toEqual(SecurityGroups);
  });

  it('refreshes to the order that somebody else has set', async () => {
    const before = await read(INSTANCE_A);
    simulator.state.setList(INSTANCE_A, [G2, G3, G1]);
    expect(await read(INSTANCE_A, before)).toEqual({
      ...before,
      orderly_security_groups: [G2, G3, G1],
    });
  });

  it('an instance that is gone is gone from its state, not an error', async () => {
    const { InstanceSet } = await client().DescribeInstances({ InstanceIds: ['ins-gone0000'] });
    expect(InstanceSet).toEqual([]);
  });
});

describe('the reads beside it', () => {
  it.each([
    ['DescribeDisks', '2017-03-12', { Filters: [{ Name: 'instance-id', Values: [INSTANCE_A] }] }, 1],
    ['DescribeDisks', '2017-03-12', { Filters: [{ Name: 'disk-usage', Values: ['SYSTEM_DISK'] }] }, 2],
    ['DescribeDisks', '2017-03-12', { OrderField: 'CREATE_TIME', Order: 'DESC', Limit: 1 }, 2],
    ['DescribeDisks', '2017-03-12', { DiskIds: ['disk-unknown1'] }, 0],
    ['DescribeImages', '2017-03-12', { Filters: [{ Name: 'image-type', Values: ['PRIVATE_IMAGE'] }] }, 0],
    ['DescribeImages', '2017-03-12', { Filters: [{ Name: 'platform', Values: ['Ubuntu'] }] }, 1],
  ])('%s %s %j counts %i', async (action, version, body, total) => {
    expect((await call(action, version, body)).TotalCount).toBe(total);
  });

  it.each([
    ['DescribeDisks', '2017-03-12', { Filters: [{ Name: 'colour', Values: ['x'] }] }, 'InvalidFilter'],
    ['DescribeDisks', '2017-03-12', { OrderField: 'SIZE' }, 'InvalidParameterValue'],
    ['DescribeImages', '2017-03-12', { ImageIds: ['img-unknown1'] }, 'InvalidImageId.NotFound'],
    ['DescribeImages', '2017-03-12', { Limit: 101 }, 'InvalidParameterValueLimit'],
    ['DescribeInstancesAttributes', '2017-03-12', { InstanceIds: [INSTANCE_A] }, 'MissingParameter'],
    ['DescribeResourceTagsByResourceIds', '2017-03-12', {}, 'NoSuchVersion'],
    [
      'DescribeResourceTagsByResourceIds',
      '2018-08-13',
      {
        ServiceType: 'cvm',
        ResourcePrefix: 'instance',
        ResourceRegion: REGION,
        ResourceIds: [INSTANCE_A],
        Offset: 3,
        Limit: 2,
      },
      'InvalidParameterValue.OffsetInvalid',
    ],
  ])('%s %s %j is refused: %s', async (action, version, body, code) => {
    await expect(call(action, version, body)).rejects.toThrow(`"${code}"`);
  });
});
