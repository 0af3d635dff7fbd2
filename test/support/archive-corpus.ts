import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { chance } from './hostile-files.ts';

/** A corpus of trail files made from published records, with fresh ids, times, addresses and tokens: the same seed, the same bytes. */
export interface CorpusShape {
  readonly events: number;
  readonly eventsPerFile: number;
  /** Share of the events that are an AssumeRole, of which one in a hundred is of the watched role. */
  readonly assumeRoleShare: number;
  readonly seed: number;
}

export interface Corpus {
  readonly folder: string;
  readonly files: readonly string[];
  readonly bytes: number;
  /** Event ids of the assumptions of the watched role. */
  readonly watched: ReadonlySet<string>;
}

export const WATCHED_ROLE = 'arn:aws:iam::111111111111:role/notify-prod-admin';

/** Writes the corpus into `folder`. `trailFiles` is a folder of published trail files. */
export async function writeCorpus(trailFiles: string, folder: string, shape: CorpusShape): Promise<Corpus> {
  const pool = await poolOf(trailFiles);
  const random = chance(shape.seed);
  const watched = new Set<string>();
  const files: string[] = [];
  let bytes = 0;
  await mkdir(folder, { recursive: true });
  for (let first = 0; first < shape.events; first += shape.eventsPerFile) {
    const records = Array.from({ length: Math.min(shape.eventsPerFile, shape.events - first) }, (_, index) =>
      eventText(pool, random, shape, first + index, watched),
    );
    const text = `{"Records":[${records.join(',')}]}`;
    const file = join(folder, `111111111111_CloudTrail_eu-west-1_${String(files.length).padStart(6, '0')}.json.gz`);
    await writeFile(file, gzipSync(text));
    files.push(file);
    bytes += text.length;
  }
  return { folder, files, bytes, watched };
}

type Event = Record<string, unknown>;

async function poolOf(folder: string): Promise<{ others: Event[]; roles: Event[] }> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json.gz')).sort();
  const all: Event[] = [];
  for (const name of names)
    all.push(...JSON.parse(gunzipSync(await readFile(join(folder, name))).toString('utf8')).Records);
  const isRole = (event: Event) => event.eventName === 'AssumeRole';
  return { others: all.filter((event) => !isRole(event)), roles: all.filter(isRole) };
}

const STARTS_AT = Date.parse('2026-01-01T00:00:00Z');

function eventText(
  pool: { others: Event[]; roles: Event[] },
  random: () => number,
  shape: CorpusShape,
  index: number,
  watched: Set<string>,
): string {
  const isRole = random() < shape.assumeRoleShare;
  const list = isRole ? pool.roles : pool.others;
  const id = uuid(random);
  const event: Event = {
    ...list[Math.floor(random() * list.length)],
    eventID: id,
    requestID: uuid(random),
    eventTime: new Date(STARTS_AT + index * 2_000).toISOString().replace('.000Z', 'Z'),
    sourceIPAddress: `10.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}`,
  };
  if (isRole) assume(event, random, id, watched);
  return JSON.stringify(event);
}

/** One in a hundred is of the watched role, by Ada. */
function assume(event: Event, random: () => number, id: string, watched: Set<string>): void {
  const number = Math.floor(random() * 200);
  const isWatched = number < 2;
  if (isWatched) watched.add(id);
  const roleArn = isWatched ? WATCHED_ROLE : `arn:aws:iam::111111111111:role/service-role-${number}`;
  const token = Array.from({ length: 12 }, () => uuid(random)).join('');
  event.requestParameters = { roleArn, roleSessionName: `session-${Math.floor(random() * 1e6)}` };
  event.responseElements = { credentials: { accessKeyId: `ASIA${Math.floor(random() * 1e12)}`, sessionToken: token } };
  event.resources = [{ ARN: roleArn, accountId: '111111111111', type: 'AWS::IAM::Role' }];
  if (isWatched)
    event.userIdentity = {
      type: 'IAMUser',
      principalId: 'AIDAADAEXAMPLE',
      arn: 'arn:aws:iam::444444444444:user/ada@example.gov.uk',
      accountId: '444444444444',
      userName: 'ada@example.gov.uk',
    };
}

function uuid(random: () => number): string {
  const hex = Array.from({ length: 4 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
