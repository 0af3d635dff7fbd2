import { deflateRawSync, gzipSync } from 'node:zlib';

/** A seeded source of chance (mulberry32): the same seed gives the same files everywhere. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Dice {
  readonly pick: <T>(list: readonly [T, ...T[]]) => T;
  readonly below: (limit: number) => number;
  readonly odds: (one: number) => boolean;
}

function diceOf(random: () => number): Dice {
  const below = (limit: number) => Math.floor(random() * limit);
  return { below, pick: (list) => list[below(list.length)] ?? list[0], odds: (one) => below(one) === 0 };
}

/**
 * A trail file meant to deceive a reader that does not parse: escapes, lists that look like records, keys in other orders
 * and twice, huge strings, odd times, broken JSON, several gzip members, cut and damaged gzip. Most files are whole.
 */
export function hostileFile(seed: number): Buffer {
  const dice = diceOf(chance(seed));
  const records = Array.from({ length: dice.below(6) }, () => recordText(dice, 0));
  const text = mangled(`${opening(dice)}${records.join(dice.odds(40) ? ', ' : ',')}${closing(dice)}`, dice);
  return dice.odds(5) ? Buffer.from(text) : packed(Buffer.from(text), dice);
}

const opening = (dice: Dice) =>
  dice.odds(30)
    ? dice.pick(['{ "Records":[', '{"x":1,"Records":[', '[', '{"Records":[[],', '\ufeff{"Records":['])
    : '{"Records":[';
const closing = (dice: Dice) =>
  dice.odds(30) ? dice.pick([']', ']}}', '],"Records":[]}', ',]}', ']}\n', ']} x', '']) : ']}';

function recordText(dice: Dice, depth: number): string {
  const fields = [
    ['eventVersion', '"1.08"'],
    ['eventID', text(dice, `id-${dice.below(50)}`)],
    ['eventTime', text(dice, timeText(dice))],
    [
      'eventSource',
      text(dice, dice.pick(['sts.amazonaws.com', 'sts.amazonaws.com', 's3.amazonaws.com', 'iam.amazonaws.com'])),
    ],
    [
      'eventName',
      text(
        dice,
        dice.pick([
          'AssumeRole',
          'AssumeRole',
          'ListBuckets',
          'ConsoleLogin',
          'assumeRole',
          'CreateRole',
          'Invoke20150331',
        ]),
      ),
    ],
    ['awsRegion', '"eu-west-1"'],
    ['userIdentity', identity(dice)],
    ['requestParameters', request(dice, depth)],
    ['recipientAccountId', '"111111111111"'],
    ...(dice.odds(6) ? [['note', text(dice, 'x'.repeat(dice.below(dice.odds(50) ? 70_000 : 40)))]] : []),
    ...(dice.odds(8)
      ? [
          [
            dice.pick(['eventName', 'eventID', 'eventTime', 'Records', 'event\\u004eame']),
            dice.pick(['"AssumeRole"', 'null', '"x"', '7', '{}']),
          ],
        ]
      : []),
  ];
  if (dice.odds(6)) fields.sort(() => dice.below(3) - 1);
  if (dice.odds(10)) fields.splice(dice.below(fields.length), 1);
  const colon = dice.odds(40) ? ' : ' : ':';
  return `{${fields.map(([key, value]) => `"${key}"${colon}${value}`).join(',')}}`;
}

const timeText = (dice: Dice) =>
  dice.odds(8)
    ? dice.pick([
        '2026-02-30T00:00:00Z',
        '2026-11-31T00:00:00Z',
        '2024-02-29T10:00:00Z',
        'soon',
        '',
        '2026-11-24 14:00:00',
        '2026-11-24T24:00:00Z',
        '2026-11-24T14:60:00Z',
      ])
    : `2026-11-2${dice.below(10)}T1${dice.below(10)}:00:00Z`;

/** A JSON string of the text, now and then with an escape in it. */
function text(dice: Dice, plain: string): string {
  if (!dice.odds(12) || plain === '') return JSON.stringify(plain);
  const at = dice.below(plain.length);
  const code = plain.charCodeAt(at).toString(16).padStart(4, '0');
  return `"${plain.slice(0, at)}${dice.pick([`\\u${code}`, '\\n', '\\"', '\\\\', 'é', '\\/', '\\ud83d', '\u212a'])}${plain.slice(at + 1)}"`;
}

const identity = (dice: Dice) =>
  dice.pick([
    '{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}',
    '{"type":"IAMUser","principalId":"AIDAADAEXAMPLE","arn":"arn:aws:iam::444444444444:user/ada@example.gov.uk","accountId":"444444444444","userName":"ada@example.gov.uk"}',
    '{}',
    'null',
    '{"type":"AWSAccount","principalId":"AIDABENEXAMPLE","accountId":"444444444444"}',
  ]);

function request(dice: Dice, depth: number): string {
  const role = text(
    dice,
    `arn:aws:iam::111111111111:role/${dice.pick(['notify-prod-admin', 'Notify-Prod-Admin', 'other', 'notify-prod-admi', 'notify-prod-admin2'])}`,
  );
  const inner = depth === 0 && dice.odds(6) ? `,"list":[${recordText(dice, 1)},${recordText(dice, 1)}]` : '';
  return dice.odds(12)
    ? dice.pick([
        'null',
        '"{\\"eventName\\":\\"AssumeRole\\"}"',
        '[]',
        '[[{"eventName":"AssumeRole"}]]',
        '-0.5e+3',
        'true',
      ])
    : `{"roleArn":${role},"roleSessionName":"ada"${inner}}`;
}

/** Now and then the text is no JSON any more. */
function mangled(json: string, dice: Dice): string {
  if (!dice.odds(8)) return json;
  const at = dice.below(json.length);
  const kind = dice.below(4);
  if (kind === 0) return json.slice(0, at);
  if (kind === 1) return json.slice(0, at) + json.slice(at + 1);
  return (
    json.slice(0, at) +
    dice.pick(['"', ',', '{', ']', '\\', '\u0001', '\n', ':', '0', 'tru', '}']) +
    json.slice(at + (kind - 2))
  );
}

function packed(bytes: Buffer, dice: Dice): Buffer {
  if (dice.odds(20)) {
    const cut = dice.below(bytes.length + 1);
    return Buffer.concat([gzipSync(bytes.subarray(0, cut)), gzipSync(bytes.subarray(cut))]);
  }
  const file = gzipSync(bytes, { level: dice.below(10), strategy: dice.pick([0, 0, 0, 1, 2, 3, 4]) });
  if (!dice.odds(8)) return file;
  const kind = dice.below(4);
  if (kind === 0) return file.subarray(0, dice.below(file.length));
  if (kind === 1) return Buffer.concat([file, Buffer.from(dice.pick(['\0\0', 'tail', '\x1f\x8b']))]);
  if (kind === 2) return Buffer.concat([file.subarray(0, 10), deflateRawSync(bytes.subarray(1)), file.subarray(-8)]);
  file[dice.below(file.length)] = dice.below(256);
  return file;
}
