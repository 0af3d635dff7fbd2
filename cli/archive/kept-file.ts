import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { EXTRACT_FOLDER } from './paths.ts';

/** Where something of an archive is kept: beside it, or in a folder, where the name tells several archives apart. */
export function keptFileOf(root: string, name: string, folder: string | undefined): string {
  if (folder === undefined) return join(root, EXTRACT_FOLDER, name);
  const archive = createHash('sha256').update(resolve(root)).digest('hex').slice(0, 12);
  return join(folder, `${archive}-${name}`);
}

/** Whether anything was ever kept where that of an archive would be. */
export function hasKept(root: string, folder: string | undefined): boolean {
  return existsSync(folder ?? join(root, EXTRACT_FOLDER));
}

/** The body of a kept file. One that is not there, is damaged or was cut short counts as empty. */
export function keptIn(file: string): Buffer | undefined {
  try {
    const content = readFileSync(file);
    const end = content.indexOf('\n');
    const body = content.subarray(end + 1);
    return end > 0 && Number(content.toString('latin1', 0, end)) === crc32(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a body behind a line that names its CRC; aside and moved into place, so that two runs at once cannot mix. False when it cannot. */
export function keepIn(file: string, text: string): boolean {
  const body = Buffer.from(text);
  const aside = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(aside, Buffer.concat([Buffer.from(`${crc32(body)}\n`), body]), { mode: 0o600 });
    renameSync(aside, file);
    return true;
  } catch {
    return false;
  }
}
