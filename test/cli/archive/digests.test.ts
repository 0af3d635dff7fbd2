import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { digestReport, isVouchedFor, verifyDigests } from '../../../cli/archive/digests.ts';
import { sourcesOf } from '../../../cli/archive/paths.ts';
import { scratchFolder, twoEye } from '../../support/command.ts';
import { digest, digestName, type Files, logName } from '../../support/digests.ts';
import { assumeRole, ben } from '../../support/records.ts';

const LOG = logName('1400');
const LATER = logName('1630');
const log = JSON.stringify({ Records: [assumeRole({ at: '2026-11-24T14:00:00Z' })] });
const forged = JSON.stringify({ Records: [assumeRole({ at: '2026-11-24T14:00:00Z', who: ben })] });
/** A trail of four hours: digests of 15:00 to 18:00, each naming the one before. */
const first = digest(15, { [LOG]: log });
const second = digest(16, {}, first);
const third = digest(17, { [LATER]: log }, second);
const fourth = digest(18, {}, third);
const TRAIL: Files = {
  [LOG]: log,
  [LATER]: log,
  [digestName(15)]: first,
  [digestName(16)]: second,
  [digestName(17)]: third,
  [digestName(18)]: fourth,
};
const without = (...names: readonly string[]) =>
  Object.fromEntries(Object.entries(TRAIL).filter(([name]) => !names.includes(name)));

async function archiveOf(files: Files) {
  const folder = await scratchFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder.path, dirname(name)), { recursive: true });
    await folder.write(name, gzipSync(text));
  }
  return folder;
}

async function checked(files: Files) {
  await using folder = await archiveOf(files);
  const check = await verifyDigests(sourcesOf([folder.path]).sources);
  return { ...check, isVouchedFor: isVouchedFor(check), report: digestReport(check) };
}

const ends = (name: string) => expect.stringMatching(new RegExp(`/${name}$`));

test('digests are recognised, and hold for files as CloudTrail wrote them', async () => {
  await using folder = await archiveOf(TRAIL);
  const ran = await twoEye(['replay', folder.path, '--policy', 'policy/notify.yaml', '--no-cache', '--verify-digests']);
  expect(ran.stderr).toContain('ignored 5 (digest-file 4, duplicate 1)');
  expect(ran.stderr).toContain(
    '4 digest files: 5 files are as CloudTrail wrote them, 0 are not, 0 are missing, 0 are in no digest',
  );
  expect(ran.code).toBe(0);
});

test('a changed file, a changed digest and a missing file are named', async () => {
  const changed = await checked({ ...TRAIL, [LOG]: forged });
  expect(changed).toMatchObject({ isVouchedFor: false, wrong: [ends(LOG)] });
  expect(changed.report).toContain('not what CloudTrail wrote: ');
  const chain = await checked({ ...TRAIL, [digestName(15)]: first.replace('"b"', '"c"') });
  expect(chain).toMatchObject({ isVouchedFor: false, wrong: [ends(digestName(15))] });
  expect(await checked(without(LATER))).toMatchObject({ isVouchedFor: false, missing: [LATER] });
});

test('of several files of one name each has to be right', async () => {
  for (const copy of [`0/${LOG}`, `z/${LOG}`]) {
    const { wrong, right, ...rest } = await checked({ ...TRAIL, [copy]: forged });
    expect(rest.isVouchedFor).toBe(false);
    expect(wrong).toEqual([ends(copy)]);
    expect(right).toBe(5);
  }
  expect(await checked({ ...TRAIL, [`z/${LOG}`]: log })).toMatchObject({ isVouchedFor: true, right: 6 });
});

test('a copy of a digest that lists something else makes neither of them right', async () => {
  const check = await checked({
    ...TRAIL,
    [`z/${digestName(15)}`]: digest(15, { [LOG]: forged }),
    [`z/${LOG}`]: forged,
  });
  expect(check.wrong).toEqual(expect.arrayContaining([ends(`z/${digestName(15)}`), ends(LOG), ends(`z/${LOG}`)]));
});

test.each([
  ['between the digests', logName('1500', 'forged')],
  ['in a Region of which there is no digest', logName('1500', 'forged', 'us-east-1')],
  ['under a name that no log file has', 'forged.json'],
])('a log file %s that none of them lists is named', async (_where, name) => {
  const check = await checked({ ...TRAIL, [name]: forged });
  expect(check).toMatchObject({ isVouchedFor: false, unlisted: [ends(name)], outside: [] });
  expect(check.report).toMatch(new RegExp(`in no digest: .*${name}`));
});

test.each([
  ['before the oldest digest', '1359'],
  ['after the newest', '1800'],
  ['shortly before the end of the newest, as one that is late', '1701'],
])('a log file delivered %s is only said not to be checked', async (_when, time) => {
  const name = logName(time, 'new');
  const check = await checked({ ...TRAIL, [name]: forged });
  expect(check).toMatchObject({ isVouchedFor: true, unlisted: [], outside: [ends(name)] });
  expect(check.report).toMatch(new RegExp(`not checked, .*${name}`));
});

test('without any digest there is nothing to verify with', async () => {
  await using folder = await archiveOf({ [LOG]: log });
  const ran = await twoEye(['replay', folder.path, '--policy', 'policy/notify.yaml', '--no-cache', '--verify-digests']);
  expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no digest file to verify') });
});

test('part of a trail is verified, and where it begins is said', async () => {
  const check = await checked(without(LOG, digestName(15)));
  expect(check).toMatchObject({ isVouchedFor: true, before: [digestName(15)], missing: [] });
  expect(check.report).toContain(`nothing before is checked: ${digestName(15)}`);
});

test('a digest that is missing between others is a gap', async () => {
  expect(await checked(without(digestName(16)))).toMatchObject({
    isVouchedFor: false,
    missing: [digestName(16)],
    unlisted: [],
  });
});

test('a digest among others that none of them names vouches for nothing', async () => {
  const name = digestName(16).replace('0000Z', '3000Z');
  const stray = digest(16, { [logName('1500', 'forged')]: forged }, first).replace('16:00:00', '16:30:00');
  const check = await checked({ ...TRAIL, [name]: stray, [logName('1500', 'forged')]: forged });
  expect(check).toMatchObject({ isVouchedFor: false, unlisted: [ends(name)] });
});

test('a chain that begins anew, and digests that add what an earlier one lacks, are as CloudTrail makes them', async () => {
  const late = logName('1505', 'late');
  const name = digestName(16, '_backfill');
  expect(
    await checked({ ...TRAIL, [digestName(20)]: digest(20), [name]: digest(16, { [late]: log }), [late]: log }),
  ).toMatchObject({ isVouchedFor: true, right: 6 });
});

test.each([
  ['records', forged],
  ['a digest with records in it', digest(19, {}, fourth).replace('{', `{"Records":[${forged}],`)],
  ['what is no digest', '{}'],
  ['what is not JSON', 'digest'],
])('%s under the name of a digest vouch for nothing', async (_what, text) => {
  expect(await checked({ ...TRAIL, [digestName(19)]: text })).toMatchObject({
    isVouchedFor: false,
    wrong: [ends(digestName(19))],
  });
});

test('a digest or log file that cannot be opened is named, and the exit is 2', async () => {
  await using folder = await archiveOf(without(LOG));
  for (const name of [digestName(19), LOG]) await symlink(join(folder.path, 'gone'), join(folder.path, name));
  const ran = await twoEye(['replay', folder.path, '--policy', 'policy/notify.yaml', '--no-cache', '--verify-digests']);
  expect(ran.code).toBe(2);
  for (const name of [digestName(19), LOG]) expect(ran.stderr).toMatch(new RegExp(`it cannot be opened: .*${name}`));
});
