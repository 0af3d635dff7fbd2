import type { CloudTrailRecord, JsonObject } from './records.ts';
import { SESSION_TOKEN } from './records.ts';

/** A secret for a test, of a form that `leak-scan.ts` finds in whatever comes out of a test run. */
export function secretOf(what: string): string {
  return `CANARY-${what}-0123456789abcdef`;
}

/** Secrets that must never come out. Each is found nowhere else, so that one occurrence is a leak. */
export const CANARIES = {
  sessionToken: SESSION_TOKEN,
  secretKey: 'CANARYsecretACCESSkey0123456789abcdefghij',
  password: 'CANARY-password-of-a-database',
  sql: "CANARY-select-from-patients-where-name-is-O'Hara",
  botToken: 'xoxb-CANARY-1234567890-abcdef',
  signingSecret: 'CANARYsigningsecret0123456789abcd',
  routingKey: 'CANARYROUTINGKEY0123456789ABCDEF',
  webhookSecret: 'CANARYwebhooksecret0123456789',
  ownKey: 'CANARYownSECRETkey0123456789abcdefghijkl',
  ownToken: 'CANARYownSESSIONtoken0123456789',
} as const;

const { sessionToken, secretKey, password, sql } = CANARIES;

/** A record with secrets wherever AWS, or somebody's tool, might have left one. */
export function poisoned(record: CloudTrailRecord): CloudTrailRecord {
  const answer = objectOf(record.responseElements);
  const secrets = {
    secretAccessKey: secretKey,
    sessionToken,
    password,
    secretString: password,
    masterUserPassword: password,
  };
  return {
    ...record,
    requestParameters: {
      ...objectOf(record.requestParameters),
      ...secrets,
      sql,
      sAMLAssertion: sessionToken,
      tokenCode: password,
    },
    responseElements: {
      ...answer,
      ...secrets,
      credentials: { ...objectOf(answer.credentials ?? null), ...secrets },
      session: { ...objectOf(answer.session ?? null), tokenValue: sessionToken },
      tokenValue: sessionToken,
    },
    userIdentity: { ...record.userIdentity, ...secrets, webIdFederationData: { attributes: secrets } },
    additionalEventData: { ...objectOf(record.additionalEventData ?? null), ...secrets },
    serviceEventDetails: secrets,
    requestToken: sessionToken,
  } as unknown as CloudTrailRecord;
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** Names of the canaries that occur in a text: as they are, as JSON or a form would write them, or in Base64. */
export function leaked(text: string): readonly string[] {
  return Object.entries(CANARIES).flatMap(([name, canary]) =>
    spellings(canary).some((spelling) => text.includes(spelling)) ? [name] : [],
  );
}

function spellings(canary: string): readonly string[] {
  return [canary, encodeURIComponent(canary), JSON.stringify(canary).slice(1, -1), ...inBase64(canary)];
}

/** The three ways in which Base64 can spell it, without the ends, which depend on what stands around. */
function inBase64(canary: string): readonly string[] {
  return [0, 1, 2].map((shift) => Buffer.from(canary.slice(shift)).toString('base64').slice(4, -6));
}

/** Everything that this process writes to stdout and stderr until it is ended. */
export function captureOutput(): { readonly text: () => string; readonly end: () => void } {
  const parts: string[] = [];
  const streams = [process.stdout, process.stderr].map((stream) => ({ stream, write: stream.write }));
  for (const { stream } of streams) {
    stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
      parts.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
      const done = rest.find((each) => typeof each === 'function');
      if (typeof done === 'function') done();
      return true;
    }) as typeof stream.write;
  }
  return {
    text: () => parts.join(''),
    end: () => {
      for (const { stream, write } of streams) stream.write = write;
    },
  };
}
