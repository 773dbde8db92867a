/** The engine's process, started as `cvmsg run` starts it. */
import { keepYoungHeapSmall } from '../../src/runtime/young-heap.ts';

keepYoungHeapSmall();
await import('./engine-wiring.ts');
