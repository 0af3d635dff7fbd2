import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Instant } from '../../lambdas/core/time.ts';

export interface DatabaseLogin {
  readonly account: string;
  /** Where the database and its log are. */
  readonly region: string;
  readonly logGroup: string;
  readonly user: string;
  readonly database: string;
  /** The tunnel's address. */
  readonly ip: string;
  readonly at: Instant;
}

/**
 * What CloudWatch Logs sends a subscribed function when somebody enters a database: the lines of PostgreSQL 15 with RDS's prefix
 * `%t:%r:%u@%d:[%p]:`, gzipped.
 */
export function databaseLogEvent(login: DatabaseLogin): { readonly awslogs: { readonly data: string } } {
  const { user, database } = login;
  const said = [
    `connection authenticated: identity="${user}" method=scram-sha-256 (/rdsdbdata/config/pg_hba.conf:13)`,
    `connection authorized: user=${user} database=${database} application_name=psql SSL enabled (protocol=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, bits=256)`,
  ];
  const payload = {
    messageType: 'DATA_MESSAGE',
    owner: login.account,
    logGroup: login.logGroup,
    logStream: `${login.logGroup.split('/').at(-2) ?? 'database'}.0`,
    subscriptionFilters: ['two-eye'],
    logEvents: said.map((text) => ({ id: eventId(), timestamp: login.at, message: line(login, text) })),
  };
  return { awslogs: { data: gzipSync(JSON.stringify(payload)).toString('base64') } };
}

function line({ ip, user, database, at }: DatabaseLogin, text: string): string {
  const time = new Date(at).toISOString().slice(0, 19).replace('T', ' ');
  return `${time} UTC:${ip}(33906):${user}@${database}:[21540]:LOG:  ${text}`;
}

/** CloudWatch's ids are long decimal numbers. */
const eventId = (): string =>
  BigInt(`0x${randomUUID().replaceAll('-', '')}`)
    .toString()
    .padStart(56, '3')
    .slice(0, 56);
