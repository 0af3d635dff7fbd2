import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { policyFile } from './schema.ts';

const path = fileURLToPath(new URL('policy.schema.json', import.meta.url));

/** JSON Schema of the policy file, for editors: completion, and red lines while one types. */
export function policyJsonSchema(): string {
  const schema = z.toJSONSchema(policyFile, { io: 'input', unrepresentable: 'any' });
  return `${JSON.stringify({ title: 'Policy of two-eye', ...schema }, undefined, 2)}\n`;
}

if (import.meta.main) await writeFile(path, policyJsonSchema());
