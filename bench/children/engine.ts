/** The engine's process, started as `cvmsg run` starts it. */
import { keepHeapSmall } from '../../src/runtime/heap-growth.ts';

keepHeapSmall();
await import('./engine-wiring.ts');
