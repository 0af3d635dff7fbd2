import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../../shared/data', import.meta.url));

/** Absolute path of the published sample records beside the checkout; `undefined` where they are absent: such tests then skip. */
export const sampleData: string | undefined = existsSync(folder) ? folder : undefined;
