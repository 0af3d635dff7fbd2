import { principalOf } from './arn.ts';
import type { Policy } from './policy.ts';
import { prepare } from './prepare.ts';
import { isObject, type RawObject } from './raw-record.ts';

/** A role as IAM describes it. Documents are JSON texts. */
export interface RoleDetail {
  readonly arn: string;
  /** `AROA…`: another one when a role is made again under the same name. */
  readonly id: string;
  readonly trust: string;
  readonly attached: readonly string[];
  /** Inline policies, and the account's own managed ones that are attached. */
  readonly documents: readonly string[];
}

const ADMIN_POLICY = /^arn:[a-z-]+:iam::aws:policy\/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$/;
const ADMIN_ACTIONS: ReadonlySet<string> = new Set(['*', '*:*', 'iam:*', 'sts:*', 'sts:assumerole']);

/** Whether it is one of AWS's own policies that make an administrator. */
export function isAdminPolicy(arn: string): boolean {
  return ADMIN_POLICY.test(arn);
}

/** Whether a policy document allows everything, or everything of IAM or STS, everywhere. What cannot be read counts as if it did. */
export function allowsAll(document: string): boolean {
  if (document === '') return false;
  return statementsOf(document).some(
    (statement) => statement === 'unreadable' || (isAllow(statement) && isEverywhere(statement) && isAdmin(statement)),
  );
}

/**
 * Roles that are as good as an administrator, that a person may become, and that no target watches. What only services
 * may assume is nobody's door.
 */
export function unwatchedAdmins(roles: readonly RoleDetail[], policy: Policy): readonly RoleDetail[] {
  const { isWatchedRole } = prepare(policy).guarded;
  return roles.filter((role) => {
    const principal = principalOf(role.arn);
    const isWatched = principal !== undefined && isWatchedRole(principal);
    return !isWatched && isOpenToPeople(role.trust) && isAdminLike(role);
  });
}

function isAdminLike({ attached, documents }: RoleDetail): boolean {
  return attached.some(isAdminPolicy) || documents.some(allowsAll);
}

function isOpenToPeople(trust: string): boolean {
  return statementsOf(trust).some((statement) => {
    if (statement === 'unreadable') return true;
    const { Principal } = statement;
    const isServices = isObject(Principal) && Object.keys(Principal).every((kind) => kind === 'Service');
    return isAllow(statement) && !isServices;
  });
}

function statementsOf(document: string): readonly (RawObject | 'unreadable')[] {
  try {
    return listed((JSON.parse(document) as RawObject).Statement).filter(isObject);
  } catch {
    return ['unreadable'];
  }
}

const isAllow = (statement: RawObject): boolean => statement.Effect === 'Allow';

function isEverywhere(statement: RawObject): boolean {
  return statement.NotResource !== undefined || listed(statement.Resource).includes('*');
}

function isAdmin(statement: RawObject): boolean {
  if (statement.NotAction !== undefined) return true;
  return listed(statement.Action).some((action) => ADMIN_ACTIONS.has(String(action).toLowerCase()));
}

function listed(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.slice(0, 200) : [value];
}
