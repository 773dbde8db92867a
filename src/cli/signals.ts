/** Signals that end the process as calls: the first asks to end well, a second SIGINT or SIGTERM to end at once. */

export interface StopHandlers {
  readonly onFirst: (signal: NodeJS.Signals) => void;
  readonly onSecond: (signal: NodeJS.Signals) => void;
}

const DELIBERATE: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];

/** Listens until the returned function is called. */
export function onStopSignals(handlers: StopHandlers): () => void {
  let stopping = false;
  let asked = 0;
  const stop = (signal: NodeJS.Signals) => {
    if (!stopping) handlers.onFirst(signal);
    stopping = true;
  };
  const ask = (signal: NodeJS.Signals) => {
    asked++;
    if (asked === 1) stop(signal);
    else handlers.onSecond(signal);
  };
  for (const signal of DELIBERATE) process.on(signal, ask);
  // A terminal that is closed says so once itself and once by its shell: nobody is in a hurry.
  process.on('SIGHUP', stop);
  return () => {
    for (const signal of DELIBERATE) process.off(signal, ask);
    process.off('SIGHUP', stop);
  };
}
