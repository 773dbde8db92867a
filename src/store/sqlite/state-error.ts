/**
 * Why a state file cannot be used.
 * - `absent`    there is none
 * - `held`      another process writes it
 * - `older`     an older program wrote it, and a reader does not change it
 * - `newer`     a newer program wrote it
 * - `damaged`   its content cannot be read
 * - `unusable`  the folder or file cannot be opened or written
 */
export type StateErrorCode = 'absent' | 'held' | 'older' | 'newer' | 'damaged' | 'unusable';

export class StateError extends Error {
  override readonly name = 'StateError';
  readonly code: StateErrorCode;

  constructor(code: StateErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
