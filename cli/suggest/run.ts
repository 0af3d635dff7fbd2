import { piecesOf } from '../archive/documents.ts';
import { gunzip, isGzip } from '../archive/gunzip.ts';
import { sourcesOf } from '../archive/paths.ts';
import { bytesOf } from '../archive/read-file.ts';
import { EXIT } from '../exit-codes.ts';
import { observe, type RoleSeen } from './observe.ts';
import { policyText } from './policy-text.ts';

/** Prints a first policy made from what is seen in an archive. */
export async function suggest(paths: readonly string[]): Promise<number> {
  const { sources, missing } = sourcesOf(paths);
  const roles = new Map<string, RoleSeen>();
  let unread = missing.length;
  for (const { path, why } of missing) console.error(`${path}: ${why}`);
  for (const { path } of sources) unread += await observeFile(path, roles);
  const seen = [...roles.values()].sort((one, other) => other.uses - one.uses);
  process.stdout.write(policyText(seen));
  console.error(`${sources.length} files, ${seen.length} admin-like roles; every FILL-IN is for you to decide`);
  return unread > 0 ? EXIT.unreadInput : EXIT.ok;
}

/** How many stretches of the file could not be read. */
async function observeFile(path: string, roles: Map<string, RoleSeen>): Promise<number> {
  const packed = await bytesOf(path);
  const { bytes, broken } = isGzip(packed) ? gunzip(packed) : { bytes: packed, broken: undefined };
  let unread = broken === undefined ? 0 : 1;
  for (const piece of piecesOf(bytes)) {
    if (piece.kind === 'value') observe(unwrapped(piece.value), roles);
    else unread += 1;
  }
  if (unread > 0) console.error(`${path}: ${unread} stretches could not be read`);
  return unread;
}

/** An EventBridge envelope's record, or the value itself. */
function unwrapped(value: unknown): unknown {
  const isEnvelope = typeof value === 'object' && value !== null && 'detail' in value;
  return isEnvelope ? value.detail : value;
}
