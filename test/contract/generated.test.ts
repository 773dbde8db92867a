import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CRD_FILE, generate } from '../../scripts/generate.ts';

describe('the generated files', () => {
  it('are what `npm run generate` makes of the CRD today', async () => {
    for (const { path, text } of await generate(readFileSync(CRD_FILE, 'utf8'))) {
      const checkedIn = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
      expect(checkedIn === text, `${path} is stale: run \`npm run generate\``).toBe(true);
    }
  });

  it('change with the CRD', async () => {
    const crd = readFileSync(CRD_FILE, 'utf8');
    const [before, after] = await Promise.all([
      generate(crd),
      generate(crd.replace('default: Enforce', 'default: Observe')),
    ]);
    expect(after[1]?.text).not.toBe(before[1]?.text);
  });
});
