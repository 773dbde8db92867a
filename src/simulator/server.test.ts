import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CERT, KEY } from '../../test/wire/self-signed.ts';
import { v2Request } from '../../test/wire/signed-request.ts';
import { G1, G2, G3, INSTANCE_A, instanceSet, SMALL_FLEET } from '../../test/wire/simulated.ts';
import { systemClock } from '../runtime/clock.ts';
import { seededRandom } from '../runtime/random.ts';
import { controlRefusal, type RunningServer, startServer } from './server.ts';
import { createSimulator, type Simulator } from './simulator.ts';

let simulator: Simulator;
let server: RunningServer;

beforeEach(async () => {
  simulator = createSimulator({ clock: systemClock, random: seededRandom(1), fleet: SMALL_FLEET });
  server = await startServer(simulator, { listen: { host: '127.0.0.1', port: 0 } });
});
afterEach(() => server.close());

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const init = body === undefined ? { method, headers } : { method, headers, body: text };
  const reply = await fetch(`${server.url}${path}`, init);
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
}

function write(list: readonly string[]) {
  const [signer] = simulator.credentials;
  if (signer === undefined) throw new Error('no key');
  const url = `${server.url}/v2/index.php`;
  const request = v2Request('ModifySecurityGroupsOfInstance', instanceSet([[INSTANCE_A, list]]), {
    signer,
    nowMs: systemClock.now(),
    url,
  });
  return fetch(url, { method: 'POST', headers: request.headers, body: request.body ?? '' });
}

describe('the control API', () => {
  it('shows instances, and makes drift by PUT', async () => {
    expect((await ask('GET', `/_sim/instances/${INSTANCE_A}`)).body).toMatchObject({
      securityGroupIds: [G1, G2],
    });
    const put = await ask('PUT', `/_sim/instances/${INSTANCE_A}`, {
      securityGroupIds: [G2, G1],
      state: 'STOPPED',
    });
    expect(put).toMatchObject({ status: 200, body: { securityGroupIds: [G2, G1], state: 'STOPPED' } });
    expect(simulator.state.history).toMatchObject([{ action: 'drift', before: [G1, G2], after: [G2, G1] }]);
    const all = (await ask('GET', '/_sim/instances?region=ap-guangzhou')).body.instances as unknown[];
    expect(all).toHaveLength(2);
  });

  it('shows groups, and changes their rules by PUT, which the API tells at once with a new version', async () => {
    const rule = { action: 'ACCEPT', protocol: 'TCP', port: '443', cidrBlock: '0.0.0.0/0' };
    const put = await ask('PUT', `/_sim/groups/${G1}`, { ingress: [rule], name: 'web' });
    const changed = { securityGroupId: G1, name: 'web', ingress: [rule], rulesVersion: 1 };
    expect(put).toEqual({ status: 200, body: { region: 'ap-guangzhou', ...changed } });
    expect((await ask('PUT', `/_sim/groups/${G1}`, { egress: [], ingress: [rule] })).body.rulesVersion).toBe(
      2,
    );
    expect((await ask('GET', `/_sim/groups/${G1}`)).body).toMatchObject({ ...changed, rulesVersion: 2 });
    expect((await ask('GET', '/_sim/groups?region=ap-guangzhou')).body.groups).toHaveLength(6);
    expect(simulator.state.group(G1, 'default', 'ap-guangzhou')).toMatchObject({
      ingress: [rule],
      egress: [],
    });
  });

  it('asks for the region of a group that several regions have', async () => {
    simulator.state.addGroup('ap-shanghai', { securityGroupId: G1, name: 'other' });
    const refused = await ask('GET', `/_sim/groups/${G1}`);
    expect(refused).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('?region=ap-guangzhou') },
    });
    expect((await ask('GET', `/_sim/groups/${G1}?region=ap-shanghai`)).body.name).toBe('other');
  });

  it('puts faults in force, lists them and ends them', async () => {
    const fault = { kind: 'error', action: 'ModifySecurityGroupsOfInstance', code: '7000' };
    const added = await ask('POST', '/_sim/faults', fault);
    expect(added.status).toBe(201);
    expect(await (await write([G3])).json()).toMatchObject({
      message: 'The simulated cloud fails with 7000.',
    });
    const listed = (await ask('GET', '/_sim/faults')).body;
    expect(listed).toEqual({ faults: [{ ...fault, id: added.body.id, fired: 1 }] });
    expect((await ask('DELETE', `/_sim/faults/${added.body.id}`)).body).toEqual({ faults: [] });
    await ask('POST', '/_sim/faults', { kind: 'throttle' });
    await ask('DELETE', '/_sim/faults');
    expect(await (await write([G3])).json()).toMatchObject({ code: 0 });
  });

  it('tells every call with its time, ids and outcome, counts and throttled calls', async () => {
    simulator.faults.add({ kind: 'throttle', count: 1 });
    await write([G3]);
    await write([G3]);
    const { body } = await ask('GET', '/_sim/calls');
    expect(body).toMatchObject({
      counts: { ModifySecurityGroupsOfInstance: { calls: 2, failed: 1, throttled: 1 } },
      throttled: 1,
      calls: [
        {
          api: 'v2',
          action: 'ModifySecurityGroupsOfInstance',
          instanceIds: [INSTANCE_A],
          outcome: '4400',
          throttled: true,
        },
        { outcome: 'ok', throttled: false, time: expect.stringMatching(/^\d{4}-.*Z$/) },
      ],
    });
    const last = await ask('GET', '/_sim/calls?limit=1&action=ModifySecurityGroupsOfInstance');
    expect(last.body.calls).toMatchObject([{ outcome: 'ok' }]);
  });

  it.each([
    ['PUT', `/_sim/instances/${INSTANCE_A}`, '{', 400, /not JSON/],
    ['PUT', `/_sim/instances/${INSTANCE_A}`, { sgIds: [] }, 400, /Unknown field 'sgIds'/],
    [
      'PUT',
      `/_sim/instances/${INSTANCE_A}`,
      { securityGroupIds: 'x' },
      400,
      /'securityGroupIds' to be a list/,
    ],
    [
      'PUT',
      `/_sim/instances/${INSTANCE_A}`,
      { state: 'STOPPED', securityGroupIds: ['sg-unknown1'] },
      400,
      /no group 'sg-unknown1'/,
    ],
    ['PUT', '/_sim/instances/ins-unknown1', {}, 404, /no instance 'ins-unknown1'/],
    ['PUT', '/_sim/groups/sg-unknown1', {}, 404, /no group 'sg-unknown1'/],
    ['PUT', `/_sim/groups/${G1}`, { colour: 'red' }, 400, /Unknown field 'colour'/],
    [
      'PUT',
      `/_sim/groups/${G1}`,
      { ingress: [{ action: 'ACCEPT' }] },
      400,
      /ingress\.0: A rule needs exactly one of/,
    ],
    ['PUT', `/_sim/groups/${G1}`, '[]', 400, /JSON object/],
    ['DELETE', `/_sim/groups/${G1}`, undefined, 405, /takes GET, PUT/],
    ['POST', '/_sim/groups', {}, 405, /takes GET/],
    ['GET', '/_sim/groups?regoin=x', undefined, 400, /Unknown query parameter 'regoin'/],
    ['POST', '/_sim/faults', { kind: 'error' }, 400, /needs 'code'/],
    ['DELETE', '/_sim/faults/fault-9', undefined, 404, /no fault 'fault-9'/],
    ['POST', '/_sim/calls', {}, 405, /takes GET, got POST/],
    ['GET', '/_sim/calls?limit=x', undefined, 400, /'limit' to be a whole number/],
    ['GET', '/_sim/calls?lmit=1', undefined, 400, /Unknown query parameter 'lmit'/],
    ['GET', '/_sim/nothing', undefined, 404, /nothing at/],
  ])('answers %s %s %j with %i', async (method, path, body, status, error) => {
    const reply = await ask(method, path, body);
    expect(reply).toEqual({ status, body: { error: expect.stringMatching(error) } });
    expect(simulator.state.instance(INSTANCE_A)?.state).toBe('RUNNING');
  });

  it('is refused to a web page', async () => {
    const reply = await ask('DELETE', '/_sim/faults', undefined, { origin: 'http://evil.example' });
    expect(reply.status).toBe(403);
  });

  it.each([
    ['a caller of another machine', { remoteAddress: '10.0.0.7', host: 'localhost' }, false],
    ['a rebound name', { remoteAddress: '127.0.0.1', host: 'evil.example:8099' }, false],
    [
      'a name that looks like an address',
      { remoteAddress: '127.0.0.1', host: '127.0.0.1.evil.example' },
      false,
    ],
    ['localhost', { remoteAddress: '::ffff:127.0.0.1', host: 'localhost:8099' }, true],
    ['an IPv6 loopback', { remoteAddress: '::1', host: '[::1]:8099' }, true],
  ])('judges %s', (_, caller, passes) => {
    expect(controlRefusal({ ...caller, origin: undefined }) === null).toBe(passes);
  });
});

describe('the vendor side over HTTP', () => {
  it('writes, and resets the connection when a fault says so', async () => {
    expect(await (await write([G3, G1])).json()).toMatchObject({ code: 0 });
    expect(simulator.state.list(INSTANCE_A)).toEqual([G3, G1]);
    simulator.faults.add({ kind: 'reset-after' });
    await expect(write([G1])).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(simulator.state.list(INSTANCE_A)).toEqual([G1]);
  });

  it('tells the server time once in the Date header', async () => {
    simulator.faults.add({ kind: 'clock-skew', ms: -3_600_000 });
    const { headers } = await write([G3]);
    const off = systemClock.now() - Date.parse(headers.get('date') ?? '');
    expect(off).toBeGreaterThan(3_590_000);
  });

  it('refuses a body that is too large', async () => {
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(`${server.url}/`, { method: 'POST' }, (reply) => resolve(reply.statusCode));
      request.on('error', reject);
      request.end('x'.repeat(10 * 1024 * 1024 + 1));
    });
    expect(status).toBe(413);
  });

  it('fails to start where the port is taken', async () => {
    const taken = { listen: { host: '127.0.0.1', port: server.port } };
    await expect(startServer(simulator, taken)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('with a certificate', () => {
  it('serves HTTPS, and closes the connection where it would reset it', async () => {
    const secure = await startServer(simulator, {
      listen: { host: '127.0.0.1', port: 0 },
      tls: { cert: CERT, key: KEY },
    });
    const ask = () =>
      new Promise<string>((resolve, reject) => {
        const request = httpsRequest(`${secure.url}/_sim/faults`, { ca: CERT, agent: false }, (reply) => {
          reply.setEncoding('utf8').on('data', resolve);
        });
        request.on('error', reject).end();
      });
    const call = () =>
      new Promise<number | undefined>((resolve, reject) => {
        const request = httpsRequest(
          `${secure.url}/`,
          { ca: CERT, agent: false, method: 'POST' },
          (reply) => {
            reply.resume();
            resolve(reply.statusCode);
          },
        );
        request.on('error', reject).end();
      });
    expect(secure.url).toMatch(/^https:/);
    expect(JSON.parse(await ask())).toEqual({ faults: [] });
    expect(await call()).toBe(200);
    simulator.faults.add({ kind: 'reset-before' });
    await expect(call()).rejects.toMatchObject({ code: 'ECONNRESET' });
    await secure.close();
  });
});
