/** The shell parts of the pipelines, run as a runner would, against the simulated cloud and a host that keeps comments. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { A, B, bindingText, C, instanceId, Workspace } from '../cli/workspace.ts';

interface Comment {
  readonly id: number;
  body: string;
}

/** What is particular to a host. */
interface Host {
  readonly name: string;
  /** The scripts of the steps, in order; GitHub runs those with `always` after a failure too. */
  readonly steps: (file: unknown) => readonly { readonly run: string; readonly always?: boolean }[];
  readonly env: (url: string) => Readonly<Record<string, string>>;
  readonly comments: string;
  /** The path of one comment. */
  readonly comment: (id: number) => string;
  readonly change: 'PATCH' | 'PUT';
  readonly authorization: readonly [header: string, value: string];
}

const HOSTS: readonly Host[] = [
  {
    name: 'github',
    steps: (file) => {
      const { jobs } = file as { jobs: { plan: { steps: { run?: string; if?: string }[] } } };
      return jobs.plan.steps.flatMap(({ run, if: condition }) =>
        run === undefined ? [] : [{ run, always: condition === 'always()' }],
      );
    },
    env: (url) => ({
      GITHUB_API_URL: url,
      GITHUB_REPOSITORY: 'shop/fleet',
      GITHUB_TOKEN: 'a-token',
      PULL_REQUEST: '7',
    }),
    comments: '/repos/shop/fleet/issues/7/comments',
    comment: (id) => `/repos/shop/fleet/issues/comments/${id}`,
    change: 'PATCH',
    authorization: ['authorization', 'Bearer a-token'],
  },
  {
    name: 'gitlab',
    steps: (file) => (file as { cvmsg: { script: string[] } }).cvmsg.script.map((run) => ({ run })),
    env: (url) => ({
      CI_API_V4_URL: url,
      CI_PROJECT_ID: '42',
      CI_MERGE_REQUEST_IID: '7',
      NOTES_TOKEN: 'a-token',
    }),
    comments: '/projects/42/merge_requests/7/notes',
    comment: (id) => `/projects/42/merge_requests/7/notes/${id}`,
    change: 'PUT',
    authorization: ['private-token', 'a-token'],
  },
  {
    name: 'cnb',
    steps: (file) => {
      const { main } = file as { main: { pull_request: { stages: { name: string; script: string }[] }[] } };
      const stages = main.pull_request[0]?.stages ?? [];
      return stages.filter(({ name }) => name !== 'tools').map(({ script }) => ({ run: script }));
    },
    env: (url) => ({
      CNB_API_ENDPOINT: url,
      CNB_REPO_SLUG: 'shop/fleet',
      CNB_PULL_REQUEST_IID: '7',
      CNB_TOKEN: 'a-token',
    }),
    comments: '/shop/fleet/-/pulls/7/comments',
    comment: (id) => `/shop/fleet/-/pulls/7/comments/${id}`,
    change: 'PATCH',
    authorization: ['authorization', 'Bearer a-token'],
  },
];

/** Keeps comments, and refuses what the host would. */
async function serve(host: Host, comments: Comment[]): Promise<Server> {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
    request.on('end', () => {
      const answer = (code: number, body: unknown) => response.writeHead(code).end(JSON.stringify(body));
      const [header, value] = host.authorization;
      if (request.headers[header] !== value) return answer(401, {});
      const url = new URL(request.url ?? '', 'http://host');
      const body = text === '' ? undefined : (JSON.parse(text) as { body: string }).body;
      if (url.pathname === host.comments && request.method === 'GET') {
        const page = Number(url.searchParams.get('page'));
        return answer(200, comments.slice((page - 1) * 100, page * 100));
      }
      if (url.pathname === host.comments && request.method === 'POST' && body !== undefined) {
        const made = { id: 1_000 + comments.length, body };
        comments.push(made);
        return answer(201, made);
      }
      const found = comments.find(({ id }) => url.pathname === host.comment(id));
      if (found === undefined || request.method !== host.change || body === undefined) return answer(404, {});
      found.body = body;
      return answer(200, found);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Runs the steps like the host's runner; resolves with the exit code. */
async function runPipeline(host: Host, workspace: Workspace, url: string): Promise<number> {
  const bin = join(workspace.folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const npx = join(bin, 'npx');
  // What `npx cvmsg` would fetch.
  writeFileSync(
    npx,
    `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(process.cwd(), 'src/main.ts')}" "$@"\n`,
  );
  chmodSync(npx, 0o755);
  const file = readFileSync(`manifests/pipelines/${host.name}.yaml`, 'utf8');
  const shared = join(workspace.folder, 'github.env');
  writeFileSync(shared, '');
  let code = 0;
  for (const { run, always = false } of host.steps(parse(file))) {
    if (code !== 0 && !always) continue;
    const kept = readFileSync(shared, 'utf8').split('\n').filter(Boolean);
    const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', run], {
      cwd: workspace.folder,
      stdio: 'ignore',
      env: {
        ...workspace.env,
        ...host.env(url),
        ...Object.fromEntries(kept.map((line) => line.split('='))),
        GITHUB_STEP_SUMMARY: join(workspace.folder, 'summary.md'),
        GITHUB_ENV: shared,
        CVMSG_POLICY: join(workspace.folder, 'policy.yaml'),
        PATH: `${bin}:${process.env.PATH}`,
      },
    });
    const ended = await new Promise<number>((resolve) => child.once('close', (end) => resolve(end ?? 1)));
    if (ended !== 0) code = ended;
  }
  return code;
}

const POLICY = 'apiVersion: cvmsg.dev/v1alpha1\nkind: CvmsgPolicy\n';

describe.each(HOSTS)('the pipeline of $name', (host) => {
  it('has the tools that it needs on this machine', () => {
    const missing = ['bash', 'curl', 'jq'].filter((tool) => !existsSync(`/usr/bin/${tool}`));
    expect(missing, 'install them, such as with apt-get install curl jq').toEqual([]);
  });

  it('says in one comment what would change, and the same comment again what would change then', async () => {
    await using workspace = await Workspace.open([[A, B], [A]]);
    writeFileSync(join(workspace.folder, 'policy.yaml'), POLICY);
    // More than one page of what other people say.
    const comments = Array.from({ length: 130 }, (_, id): Comment => ({ id, body: `remark ${id}` }));
    const server = await serve(host, comments);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [B, A] }));
      expect(await runPipeline(host, workspace, url)).toBe(0);
      expect(comments).toHaveLength(131);
      expect(comments.at(-1)?.body).toMatch(/^### cvmsg plan: 1 instance to change/);
      workspace.write('web.yaml', bindingText({ instances: [instanceId(0), instanceId(1)], groups: [C] }));
      expect(await runPipeline(host, workspace, url)).toBe(0);
      expect(comments).toHaveLength(131);
      expect(comments.at(-1)?.body).toMatch(/^### cvmsg plan: 2 instances to change/);
    } finally {
      server.close();
    }
  });

  it('fails where a guard refuses, and says so in the comment all the same', async () => {
    await using workspace = await Workspace.open([[A, B]]);
    writeFileSync(join(workspace.folder, 'policy.yaml'), `${POLICY}blastRadius: { share: 0%, count: 0 }\n`);
    const comments: Comment[] = [];
    const server = await serve(host, comments);
    try {
      workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [C] }));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect(await runPipeline(host, workspace, url)).not.toBe(0);
      expect(comments.map(({ body }) => body.split('\n')[0])).toEqual(['### cvmsg plan: 1 refused']);
    } finally {
      server.close();
    }
  });

  it('fails at a document that is not valid, before it asks anybody', async () => {
    await using workspace = await Workspace.open([[A, B]]);
    writeFileSync(join(workspace.folder, 'policy.yaml'), POLICY);
    const comments: Comment[] = [];
    const server = await serve(host, comments);
    try {
      workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [] }));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect(await runPipeline(host, workspace, url)).not.toBe(0);
      expect(comments).toEqual([]);
    } finally {
      server.close();
    }
  });
});
