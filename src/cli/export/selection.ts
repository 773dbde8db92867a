/** Which instances `cvmsg export` is about, from its flags. */
import type { InstanceFilter } from '../../ports/cloud.ts';
import { CliError } from '../cli-error.ts';
import { readRegion } from '../flags/region.ts';

export interface SelectionFlags {
  readonly region: string | undefined;
  readonly tag: readonly string[];
  readonly vpc: string | undefined;
  readonly all: boolean;
}

export interface Selection {
  /** Long name. */
  readonly region: string;
  readonly filter: InstanceFilter;
  /** The flags that select the same, always in one order and one spelling. */
  readonly words: string;
  /** What is likely wrong with the region; it is asked all the same. */
  readonly doubt?: string;
}

const MAX_TAGS = 8;

/** @throws CliError that says what to write instead. */
export function readSelection({ region, tag, vpc, all }: SelectionFlags): Selection {
  if (region === undefined) {
    throw new CliError('--region: say which region to export, such as --region ap-guangzhou');
  }
  const { region: long, ...doubt } = readRegion(region);
  const ways = [tag.length > 0, vpc !== undefined, all].filter(Boolean).length;
  if (ways !== 1) {
    throw new CliError(
      'say which instances to export, by one of these: --tag KEY=VALUE (may be repeated), --vpc VPC, or --all',
    );
  }
  const tags = readTags(tag);
  const filter: InstanceFilter = {
    ...(tag.length > 0 && { tags }),
    ...(vpc !== undefined && { vpcId: vpc }),
  };
  const words = [
    `--region ${long}`,
    ...Object.entries(tags)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `--tag ${quoted(`${key}=${value}`)}`),
    ...(vpc === undefined ? [] : [`--vpc ${quoted(vpc)}`]),
    ...(all ? ['--all'] : []),
  ].join(' ');
  return { region: long, filter, words, ...doubt };
}

function readTags(texts: readonly string[]): Readonly<Record<string, string>> {
  const tags = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at < 1) throw new CliError(`--tag: Expected KEY=VALUE, got "${text}"`);
    const key = text.slice(0, at);
    if (tags.has(key)) {
      throw new CliError(`--tag: "${key}" is given twice; an instance has one value for each key`);
    }
    tags.set(key, text.slice(at + 1));
  }
  if (tags.size > MAX_TAGS)
    throw new CliError(`--tag: the cloud takes at most ${MAX_TAGS}, got ${tags.size}`);
  return Object.fromEntries(tags);
}

/** Plain words as they are, all else in quotes and on one line. */
function quoted(text: string): string {
  return /^[\w=.:/@-]+$/.test(text) ? text : JSON.stringify(text);
}
