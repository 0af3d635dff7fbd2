import { GetAccountAuthorizationDetailsCommand, IAMClient, type RoleDetail as IamRole } from '@aws-sdk/client-iam';
import type { RoleDetail } from '../core/admin-like.ts';
import { TwoEyeError } from '../core/errors.ts';
import { credentialsIn, type Place } from './watched-accounts.ts';

/** Roles of AWS's own services, which nobody can assume. */
const SERVICE_LINKED = '/aws-service-role/';

/**
 * Every role of an account with what it may do. IAM is global: the Region only says which account's credentials are asked
 * for where. Throws `dependency_failed`. Source: GetAccountAuthorizationDetails, IAM API reference (documents are URL-encoded).
 */
export async function readRoles(place: Place): Promise<readonly RoleDetail[]> {
  const client = new IAMClient({ region: place.region, maxAttempts: 5, credentials: await credentialsIn(place) });
  const roles: IamRole[] = [];
  const documents = new Map<string, string>();
  let Marker: string | undefined;
  do {
    const page = await client
      .send(new GetAccountAuthorizationDetailsCommand({ Filter: ['Role', 'LocalManagedPolicy'], Marker }))
      .catch((cause: unknown) => {
        throw new TwoEyeError('dependency_failed', `IAM of ${place.account} did not list its roles.`, { cause });
      });
    roles.push(...(page.RoleDetailList ?? []));
    for (const { Arn = '', PolicyVersionList = [] } of page.Policies ?? [])
      documents.set(Arn, decoded(PolicyVersionList.find(({ IsDefaultVersion }) => IsDefaultVersion)?.Document));
    Marker = page.IsTruncated ? page.Marker : undefined;
  } while (Marker !== undefined);
  return roles.filter(({ Path }) => !Path?.startsWith(SERVICE_LINKED)).map((role) => detailOf(role, documents));
}

function detailOf(role: IamRole, managed: ReadonlyMap<string, string>): RoleDetail {
  const attached = (role.AttachedManagedPolicies ?? []).map(({ PolicyArn = '' }) => PolicyArn);
  const inline = (role.RolePolicyList ?? []).map(({ PolicyDocument }) => decoded(PolicyDocument));
  return {
    arn: role.Arn ?? '',
    id: role.RoleId ?? '',
    trust: decoded(role.AssumeRolePolicyDocument),
    attached,
    documents: [...inline, ...attached.flatMap((arn) => managed.get(arn) ?? [])],
  };
}

/** What cannot be decoded goes on as it is: it will not parse, and so counts as the worst. */
function decoded(document = ''): string {
  try {
    return decodeURIComponent(document);
  } catch {
    return document;
  }
}
