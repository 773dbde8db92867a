/** Writes everything that is made from the sources, first the TypeScript that is made from the CRD: `npm run generate`. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { parse } from 'yaml';
import { type BindingCrd, strictSchema } from '../src/api/binding-schema.ts';
import type { StructuralSchema } from '../src/api/structural-schema.ts';
import type { GeneratedFile } from './generated-file.ts';

const BANNER = '// Generated from crds/cvmsecuritygroupbindings.yaml by `npm run generate`. Do not edit.';

/** Where the CRD stands in the checkout. */
export const CRD_FILE = fileURLToPath(new URL('../crds/cvmsecuritygroupbindings.yaml', import.meta.url));

/** The files that belong to the CRD of this text. Pure: nothing is read or written. */
export async function generate(crdYaml: string): Promise<readonly GeneratedFile[]> {
  const crd: BindingCrd = parse(crdYaml);
  return [
    { path: 'src/api/binding.generated.ts', text: await bindingTypes(crd) },
    { path: 'src/api/crd.generated.ts', text: crdConstant(crd) },
  ];
}

async function bindingTypes(crd: BindingCrd): Promise<string> {
  const { kind } = crd.spec.names;
  const titled = withTitles(strictSchema(crd), {
    '': kind,
    metadata: `${kind}Metadata`,
    spec: `${kind}Spec`,
    status: `${kind}Status`,
    'status.conditions[]': `${kind}Condition`,
    'status.instances[]': `${kind}Instance`,
  });
  const text = await compile(titled as JSONSchema, kind, {
    additionalProperties: false,
    bannerComment: BANNER,
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 110 },
    unknownAny: true,
  });
  return text
    .replaceAll(/^( +)(\w+\??: )/gm, '$1readonly $2')
    .replaceAll(/^( +)(\[k: string\]: )/gm, '$1readonly $2')
    .replaceAll(/: ([\w ]+|\{[^}]*\})\[\];$/gm, ': readonly $1[];');
}

/** Copies the schema with a `title`, which becomes the type's name, at each of the paths. */
function withTitles(
  schema: StructuralSchema,
  titles: Readonly<Record<string, string>>,
  path = '',
): StructuralSchema {
  const title = titles[path];
  return {
    ...schema,
    ...(title !== undefined && { title }),
    ...(schema.items && { items: withTitles(schema.items, titles, `${path}[]`) }),
    ...(schema.properties && {
      properties: Object.fromEntries(
        Object.entries(schema.properties).map(([name, child]) => [
          name,
          withTitles(child, titles, path === '' ? name : `${path}.${name}`),
        ]),
      ),
    }),
  };
}

function crdConstant(crd: BindingCrd): string {
  const json = JSON.stringify(JSON.stringify(crd));
  return [
    BANNER,
    "import type { BindingCrd } from './binding-schema.ts';",
    "import { deepFreeze } from './deep-freeze.ts';",
    '',
    '/** The CustomResourceDefinition, whole and frozen. */',
    `export const BINDING_CRD: BindingCrd = deepFreeze(JSON.parse(${json}));`,
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const write = ({ path, text }: GeneratedFile) => {
    const target = new URL(`../${path}`, import.meta.url);
    mkdirSync(new URL('.', target), { recursive: true });
    writeFileSync(target, text);
  };
  for (const file of await generate(readFileSync(CRD_FILE, 'utf8'))) write(file);
  // The pages are made from what was just generated.
  const { references } = await import('./reference.ts');
  for (const file of await references()) write(file);
  const { schemas } = await import('./schemas.ts');
  for (const file of schemas()) write(file);
  const { copies } = await import('./copies.ts');
  for (const file of copies()) write(file);
}
