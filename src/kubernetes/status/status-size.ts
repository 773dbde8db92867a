/**
 * Keeps the list of instances in a status within the room that there is: etcd refuses objects of more than 1.5 MiB, and
 * whoever cannot write a status can keep no original list. What is cut is what tells least; never an original list, nor
 * an instance that belongs to somebody else.
 */
import { cutText, storedBytes } from './stored-text.ts';

/**
 * Bytes of a whole status, with what the server notes of who set its fields. The rest of 1 MiB is for the object's own
 * spec and metadata, of which annotations alone may take 256 KiB.
 */
export const STATUS_BYTES = 640 * 1024;
/** What the server notes of the fields of one listed instance. */
const TRACKED_BYTES = 200;

export interface ListedInstance {
  readonly instanceId: string;
  readonly state: string;
  readonly reason?: string;
  readonly message?: string;
  readonly sgIds?: readonly string[];
  readonly originalSgIds?: readonly string[];
  readonly requestId?: string;
  readonly lastWriteTime?: string;
}

/** Each shorter than the one before. */
const STEPS: readonly ((instance: ListedInstance) => ListedInstance)[] = [
  (instance) => instance,
  ...[512, 256, 128, 64].map((bytes) => (instance: ListedInstance) => shortened(instance, bytes)),
  ({ message: _, ...rest }) => rest,
  ({ message: _, requestId: __, lastWriteTime: ___, ...rest }) => rest,
  ({ message: _, requestId: __, lastWriteTime: ___, sgIds: ____, ...rest }) => rest,
];

/** As much of the instances as fits into so many bytes, in their order. */
export function fitInstances(instances: readonly ListedInstance[], room: number): readonly ListedInstance[] {
  for (const step of STEPS) {
    const short = instances.map(step);
    if (bytesOf(short) <= room) return short;
  }
  const short = instances.map(STEPS.at(-1) ?? ((instance) => instance));
  let bytes = bytesOf(short);
  // The last are those that need least attention.
  const kept = short.toReversed().filter((instance) => {
    if (bytes <= room || !mayBeOmitted(instance)) return true;
    bytes -= bytesOf([instance]);
    return false;
  });
  return kept.reverse();
}

function mayBeOmitted({ state, originalSgIds }: ListedInstance): boolean {
  return originalSgIds === undefined && state !== 'Conflicted' && state !== 'Restoring';
}

function shortened(instance: ListedInstance, bytes: number): ListedInstance {
  const { message } = instance;
  return message === undefined
    ? instance
    : { ...instance, message: cutText(message, { characters: bytes, bytes }) };
}

function bytesOf(instances: readonly ListedInstance[]): number {
  return storedBytes(instances) + instances.length * TRACKED_BYTES;
}
