import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/closing-line.ts';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Generous, because the machines that run this are shared: a limit is there to end what hangs, not to measure.
    // The tests on a real API server wait most of the time: one more than the smallest machine has cores.
    maxWorkers: 3,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: [process.env.CI ? 'dot' : 'default', new ClosingLine()],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // What only runs in child processes is not seen here: the command line, and the cluster side on a real API server.
      exclude: [
        'src/**/*.test.ts',
        'src/**/*.generated.ts',
        'src/main.ts',
        'src/cli/**',
        'src/kubernetes/client/**',
        'src/**/kubernetes/**',
      ],
      reporter: ['text-summary', 'html'],
      thresholds: { lines: 90, branches: 85 },
    },
  },
});
