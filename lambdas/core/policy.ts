import type { Milliseconds } from './time.ts';

/**
 * The compiled policy: what `policy/compile.ts` makes of the YAML file when the project is built. Everything here is
 * already checked (references exist, durations parsed, defaults filled in), so that no function needs a schema or a
 * YAML parser at run time.
 */
export interface Policy {
  readonly version: 1;
  /** SHA-256 of the canonical JSON of everything else in this object; names the policy in verdicts. */
  readonly hash: string;
  readonly home: { readonly account: string; readonly region: string };
  /** Account id → name for messages; also every account that is watched. */
  readonly accounts: Readonly<Record<string, string>>;
  /** Where the trail writes, as a second source for what did not arrive. */
  readonly trail?: TrailBucket;
  readonly slack: { readonly workspace: string };
  readonly pagerDutyRegion: 'eu' | 'us';
  readonly people: readonly Person[];
  readonly groups: Readonly<Record<string, Group>>;
  readonly teams: Readonly<Record<string, Team>>;
  readonly cyber: Cyber;
  /** In the order of the file: the first that matches a record is its target. */
  readonly targets: readonly Target[];
  readonly approvals: {
    readonly validForMs: Milliseconds;
    readonly maxPinMs: Milliseconds;
    readonly requestLapsesMs: Milliseconds;
    readonly emergencyLapsesMs: Milliseconds;
  };
  readonly tips: { readonly database: readonly string[] };
  readonly suppressions: readonly Suppression[];
}

export interface TrailBucket {
  readonly bucket: string;
  /** What comes before the account's id in its keys: `AWSLogs`, or `AWSLogs/o-…` for an organisation's trail. */
  readonly prefix: string;
  /** ARN of a role that may list and read there, and that trusts `two-eye-reconcile-caller` of the home account. */
  readonly role: string;
}

/** A person's canonical id: a lower-case e-mail address. */
export type PersonId = string;

export interface Person {
  readonly id: PersonId;
  /** Other names of the same human, lower-case (`ada.lovelace`, an old address). */
  readonly aliases: readonly string[];
  /** Slack user id: the binding is by id, never by display name. */
  readonly slack?: string;
  /** PagerDuty user id (`PXXXXXX`): its webhooks name who acted by id, not by e-mail. */
  readonly pagerDuty?: string;
  readonly aws: readonly PersonPrincipal[];
}

/** How AWS names a person. */
export type PersonPrincipal =
  | { readonly kind: 'principal-id'; readonly id: string }
  | { readonly kind: 'arn'; readonly arn: string }
  /** A bare IAM user name counts only in the accounts listed for it. */
  | { readonly kind: 'user-name'; readonly userName: string; readonly accounts: readonly string[] }
  /** Identity Center's immutable user id (`onBehalfOf.userId`). */
  | { readonly kind: 'identity-store-user'; readonly userId: string };

export type Group =
  | { readonly kind: 'people'; readonly people: readonly PersonId[] }
  | { readonly kind: 'slack-user-group'; readonly slackUserGroup: string };

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';
export type Division = 'england-and-wales' | 'scotland' | 'northern-ireland';

/** Working hours, half-open: `[fromMinute, untilMinute)` of a day in the time zone, on the days, but not on bank holidays of the division. */
export interface Hours {
  readonly timeZone: string;
  readonly days: readonly Weekday[];
  readonly fromMinute: number;
  readonly untilMinute: number;
  readonly holidays?: Division;
}

/** Who is woken out of hours. */
export type Rota = 'team' | 'cyber';

export interface Team {
  readonly id: string;
  readonly title: string;
  readonly channel: string;
  /** The name of the PagerDuty routing key's secret, not the key. */
  readonly pagerDuty: string;
  readonly page: readonly Rota[];
  /** Name of the group whose members may approve. */
  readonly approvers: string;
  readonly hours: Hours;
  readonly pageAfterMs: Milliseconds;
  readonly runbook?: string;
}

export interface Cyber {
  readonly channel: string;
  readonly group: string;
  readonly pagerDuty: string;
  readonly hours: Hours;
  readonly pageAfterMs: Milliseconds;
  readonly runbook?: string;
}

/** Where an actor's name may be taken from, in order. Only `enforced-…` sources trust what the caller chose. */
export type IdentitySource =
  | { readonly source: 'principal' }
  | { readonly source: 'saml' }
  | { readonly source: 'identity-center' }
  | { readonly source: 'enforced-session-name' }
  | { readonly source: 'enforced-source-identity' }
  /** `{person}` stands for the alias in a role's name: `{person}-fulladmin`. */
  | { readonly source: 'role-name'; readonly template: string };

/** What is watched. `*` in an ARN or a name is a wildcard for any run of characters. */
export type Door =
  | { readonly kind: 'role'; readonly roleArn: string; readonly regions: readonly string[] }
  | {
      readonly kind: 'database';
      readonly account: string;
      readonly region: string;
      readonly logGroup: string;
      readonly users: readonly string[];
    }
  | {
      readonly kind: 'shell';
      readonly account: string;
      readonly regions: readonly string[];
      readonly ecsClusters: readonly string[];
      readonly ssm: boolean;
      readonly instanceConnect: boolean;
    }
  | { readonly kind: 'root'; readonly account: string }
  | { readonly kind: 'federation'; readonly account: string }
  | { readonly kind: 'secret'; readonly arn: string }
  | { readonly kind: 'data-api'; readonly cluster: string };

export interface Target {
  readonly id: string;
  readonly title: string;
  readonly team: string;
  readonly door: Door;
  readonly identity: readonly IdentitySource[];
  /** Records of one principal, role and address within this time of an action's first record are one action. 0 turns it off. */
  readonly groupingMs: Milliseconds;
  /** How long renewals may stretch one action. */
  readonly maxActionMs: Milliseconds;
  /** How long a dependent event (a database session, a shell) waits for the record that tells whose it was. */
  readonly settleMs: Milliseconds;
  /** Ids of targets of which one action is covered by an approval for this one. */
  readonly includes: readonly string[];
}

export interface Suppression {
  readonly id: string;
  readonly match: { readonly target: string; readonly principal: string };
  readonly reason: string;
  readonly owner: PersonId;
  /** Exclusive end: the midnight (London) that ends the day the policy names. */
  readonly until: number;
}
