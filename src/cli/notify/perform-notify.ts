/** `cvmsg notify`: a message to each target, and what came of it. */
import type { Notification } from '../../notify/notification.ts';
import { sendTo, shownMessage, type TargetSettings } from '../../notify/target.ts';
import { systemClock } from '../../runtime/clock.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { structured } from '../output/structured.ts';
import { table } from '../output/table.ts';
import { openTransport } from '../wiring/cloud-wiring.ts';
import { notifyTargets } from '../wiring/notify-config.ts';

interface NotifyFlags {
  readonly test: boolean;
  readonly dryRun: boolean;
  readonly target: readonly string[];
}

/** What came of one message. */
interface TargetResult {
  readonly target: string;
  readonly format: string;
  readonly result: 'sent' | 'throttled' | 'failed';
  /** Why it was not sent; empty when it was. */
  readonly detail: string;
}

export async function performNotify(
  context: CommandContext,
  { flags }: { readonly flags: NotifyFlags },
): Promise<ExitCode> {
  if (flags.test && flags.dryRun) throw new CliError('--test and --dry-run: say one of them');
  if (!flags.test && !flags.dryRun)
    throw new CliError('expected --test to send a message to each target, or --dry-run to see it');
  const targets = await targetsOf(context, flags);
  const notification: Notification = {
    ...{ kind: 'test', severity: 'info', reason: 'Test', title: 'this is a test' },
    details: ['somebody has run `cvmsg notify --test`; nothing has to be done'],
    ...{ atMs: systemClock.wall(), bindings: [] },
  };
  return flags.dryRun ? show(context, targets, notification) : send(context, targets, notification);
}

async function targetsOf(context: CommandContext, { target }: NotifyFlags) {
  const all = await notifyTargets(context);
  if (all === undefined)
    throw new CliError('name the targets: --notify-config FILE, or `notify.targets` in the file of --config');
  const unknown = target.find((name) => all.every((one) => one.name !== name));
  if (unknown !== undefined)
    throw new CliError(
      `--target: there is no "${unknown}"; there are ${all.map(({ name }) => name).join(', ')}`,
    );
  return target.length === 0 ? all : all.filter(({ name }) => target.includes(name));
}

async function show(
  { io, globals }: CommandContext,
  targets: readonly TargetSettings[],
  notification: Notification,
): Promise<ExitCode> {
  const messages = await Promise.all(
    targets.map(async (target) => ({
      ...{ target: target.name, format: target.format },
      ...(await shownMessage(target, notification, notification.atMs)),
    })),
  );
  if (globals.output === 'json' || globals.output === 'yaml') {
    io.stdout.write(await structured(messages, globals.output));
    return EXIT.ok;
  }
  for (const { target, format, url, headers, body } of messages) {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    io.stdout.write(`# ${target} (${format})\nPOST ${url}\n${lines.join('\n')}\n\n${body}\n\n`);
  }
  return EXIT.ok;
}

async function send(
  { io, globals }: CommandContext,
  targets: readonly TargetSettings[],
  notification: Notification,
): Promise<ExitCode> {
  await using transport = openTransport(io.env, { caFile: globals.caFile, totalTimeoutMs: 10_000 });
  const sender = { transport: transport.send, clock: systemClock };
  const results: TargetResult[] = await Promise.all(
    targets.map(async (target) => {
      const answer = await sendTo(target, notification, sender);
      const detail = answer.result === 'sent' ? '' : answer.detail;
      return { target: target.name, format: target.format, result: answer.result, detail };
    }),
  );
  if (globals.output === 'json' || globals.output === 'yaml')
    io.stdout.write(await structured(results, globals.output));
  else
    io.stdout.write(
      table(
        ['TARGET', 'FORMAT', 'RESULT', 'DETAIL'],
        results.map((one) => [one.target, one.format, one.result, one.detail]),
      ),
    );
  return results.every(({ result }) => result === 'sent') ? EXIT.ok : EXIT.error;
}
