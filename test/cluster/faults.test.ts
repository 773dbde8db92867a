import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { startChaosProxy } from './chaos-proxy.ts';
import { type Cluster, describeCluster } from './cluster.ts';
import { type Operator, serviceAccountToken } from './operator.ts';

describeCluster('a controller whose API server fares badly', { instances: 12 }, (cluster) => {
  /** Declares a list for one instance and waits until the cloud has it. */
  const follows = async (c: Cluster, name: string, index: number, ...groups: readonly number[]) => {
    const id = c.cloud.instances[index] as string;
    const sgIds = groups.map((group) => c.cloud.groups[group] as string);
    await c.apply(name, { instanceIds: [id], sgIds });
    await until(`${name} in the cloud`, () => c.cloud.list(id) === sgIds.join(' '));
  };

  it('misses nothing while its watches are cut again and again', async () => {
    const c = cluster();
    await using proxy = await startChaosProxy(c.plane.server);
    const operator = c.operator({ server: proxy.server });
    await follows(c, 'cut', 0, 0);
    for (let round = 1; round <= 5; round++) {
      await until('an open watch', () => proxy.cutWatches() > 0);
      await follows(c, 'cut', 0, round % 4, (round + 1) % 4);
    }
    await operator.stop();
  });

  it('waits out 429 and a slow server', async () => {
    const c = cluster();
    await using proxy = await startChaosProxy(c.plane.server);
    const operator = c.operator({ server: proxy.server });
    await follows(c, 'slow', 1, 0);
    proxy.refuse(10, 429);
    proxy.cutWatches();
    await follows(c, 'slow', 1, 1);
    proxy.delayMs = 400;
    await follows(c, 'slow', 1, 2, 1);
    await c.ready('slow');
    await operator.stop();
  });

  it('finds what was deleted and made while its watch was too old', async () => {
    const c = cluster();
    await using proxy = await startChaosProxy(c.plane.server);
    const operator = c.operator({ server: proxy.server });
    await follows(c, 'old', 2, 0);
    const id = c.cloud.instances[2] as string;
    proxy.reachable = false;
    proxy.cutWatches();
    await c.kubectl('delete', 'csgb', 'old');
    await c.apply('new', { instanceIds: [id], sgIds: [c.cloud.groups[3]] });
    await compact(c);
    await c.plane.killServer();
    await c.plane.startServer();
    proxy.reachable = true;
    await until('the takeover', () => c.cloud.list(id) === c.cloud.groups[3]);
    await c.ready('new');
    await operator.stop();
  });

  it('goes on when its API server was killed and comes back', async () => {
    const c = cluster();
    const operator = c.operator();
    await follows(c, 'killed', 3, 0);
    await c.plane.killServer();
    await until('the loss', () => operator.log().includes('the watch was lost'));
    await c.plane.startServer();
    await follows(c, 'killed', 3, 1, 0);
    await c.ready('killed');
    await operator.stop();
  });

  it('writes nothing by what it knew of objects that it cannot follow any more', async () => {
    const c = cluster();
    await using proxy = await startChaosProxy(c.plane.server);
    const operator = c.operator({ server: proxy.server, args: ['--interval', '1s'] });
    await follows(c, 'unwatched', 11, 0);
    await c.ready('unwatched');
    proxy.watchable = false;
    proxy.cutWatches();
    await until('the halt', () => operator.log().includes('acts no more until the objects can be followed'));
    await c.kubectl('patch', 'csgb', 'unwatched', '--type=merge', '-p', '{"spec":{"suspend":true}}');
    const [id, foreign] = [c.cloud.instances[11] as string, c.cloud.groups[3] as string];
    c.cloud.simulator.state.setList(id as never, [foreign] as never);
    proxy.watchable = true;
    await until('the word of it', async () =>
      (await c.kubectl('get', 'csgb', 'unwatched', '-o', 'jsonpath={.status.conditions[*].reason}')).includes(
        'Suspended',
      ),
    );
    expect(c.cloud.list(id)).toBe(foreign);
    await c.kubectl('delete', 'csgb', 'unwatched');
    await operator.stop();
  });

  it('asks its credential program again when a token has expired', async () => {
    const c = cluster();
    const token = join(c.plane.folder, 'token');
    const program = join(c.plane.folder, 'credentials.sh');
    writeFileSync(token, 'not-a-token');
    writeFileSync(program, credentialProgram(token));
    chmodSync(program, 0o755);
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: program,
      interactiveMode: 'Never',
    };
    const operator = c.operator({ credentials: { exec } });
    await until('the refusal', () => operator.log().includes(': 401 '));
    writeFileSync(token, serviceAccountToken(c.plane));
    await follows(c, 'rotated', 4, 2);
    await operator.stop();
  });

  it('tells each binding once that API 2.0 is retired, also when the controller is started again', async () => {
    const c = cluster();
    const names = ['moved-a', 'moved-b'];
    const operator = c.operator({ args: ['--interval', '10s', '--http-listen', '127.0.0.1:0'] });
    for (const [index, name] of names.entries()) await follows(c, name, 6 + index, 2);
    for (const name of names) await c.ready(name);
    expect(await metric(operator, 'cvmsg_api_generation')).toBe('2');
    c.cloud.simulator.faults.add({ kind: 'v2-retired' });
    const reported = async (name: string) => (await c.binding(name)).status?.conditions?.[0];
    for (const name of names) {
      await until('the word in Ready', async () =>
        (await reported(name))?.message.includes('API 2.0 is retired'),
      );
      expect(await reported(name)).toMatchObject({ type: 'Ready', status: 'True', reason: 'InSync' });
    }
    expect(await metric(operator, 'cvmsg_api_generation')).toBe('3');
    await operator.stop();
    const versions = await Promise.all(names.map(async (name) => (await c.binding(name)).metadata));
    const next = c.operator({ args: ['--http-listen', '127.0.0.1:0'] });
    await until('the same move', () => next.log().includes('moved to API 3.0'));
    await until(
      'its readings',
      async () =>
        (await metric(next, 'cvmsg_bindings{ready="True"}')) !== '0' &&
        (await metric(next, 'cvmsg_bindings{ready="False"}')) === '0',
    );
    await next.stop();
    c.cloud.simulator.faults.clear();
    expect(await Promise.all(names.map(async (name) => (await c.binding(name)).metadata))).toEqual(versions);
    const events = await c.kubectl(
      'get',
      'events',
      '-o',
      'jsonpath={range .items[*]}{.reason} {.involvedObject.name}{"\\n"}{end}',
    );
    expect(
      events
        .split('\n')
        .filter((line) => line.startsWith('ApiMoved moved-'))
        .sort(),
    ).toEqual(['ApiMoved moved-a', 'ApiMoved moved-b']);
  });

  it('says what is missing when the Secret of a binding may not be read, and goes on when it may', async () => {
    const c = cluster();
    const operator = c.operator();
    const id = c.cloud.instances[5] as string;
    await c.apply('secret', {
      instanceIds: [id],
      sgIds: [c.cloud.groups[1]],
      credentialsRef: { name: 'shop-cloud' },
    });
    const reason = await until('the reason', async () => {
      const { status } = await c.binding('secret');
      return status?.conditions?.find((one) => one.type === 'Ready' && one.reason === 'CredentialsFailed')
        ?.message;
    });
    expect(reason).toContain('may not read the Secret "default/shop-cloud"');
    await allowSecret(c);
    await until('the write', () => c.cloud.list(id) === c.cloud.groups[1]);
    expect(operator.log()).not.toContain(c.cloud.key.secretKey);
    await operator.stop();
  });
});

/** The value of the first line of a metric that begins so. */
async function metric(operator: Operator, begins: string): Promise<string | undefined> {
  const url = await until('the address', () => /"url":"(http:[^"]+)"/.exec(operator.log())?.[1]);
  const text = await (await fetch(`${url}/metrics`)).text();
  return text
    .split('\n')
    .find((line) => line.startsWith(begins))
    ?.split(' ')
    .at(-1);
}

async function allowSecret(c: Cluster): Promise<void> {
  const { secretId, secretKey } = c.cloud.key;
  await c.kubectl(
    'create',
    'secret',
    'generic',
    'shop-cloud',
    `--from-literal=TENCENTCLOUD_SECRET_ID=${secretId}`,
    `--from-literal=TENCENTCLOUD_SECRET_KEY=${secretKey}`,
  );
  await c.kubectl(
    'create',
    'role',
    'read-it',
    '--verb=get',
    '--resource=secrets',
    '--resource-name=shop-cloud',
  );
  await c.kubectl(
    'create',
    'rolebinding',
    'read-it',
    '--role=read-it',
    '--serviceaccount=cvmsg-system:cvmsg',
  );
}

/** Makes etcd forget every revision but the newest. */
async function compact(c: Cluster): Promise<void> {
  const post = async (path: string, body: object) =>
    (await fetch(`${c.plane.etcdUrl}${path}`, { method: 'POST', body: JSON.stringify(body) })).json();
  const { header } = (await post('/v3/kv/range', { key: 'AA==' })) as { header: { revision: string } };
  await post('/v3/kv/compaction', { revision: header.revision, physical: true });
}

/** A program that prints the token of a file, good for two seconds. */
function credentialProgram(token: string): string {
  return `#!/bin/sh
expires=$(date -u -d '+2 seconds' +%Y-%m-%dT%H:%M:%SZ)
printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s","expirationTimestamp":"%s"}}' "$(cat ${token})" "$expires"
`;
}
