import type { Assumed } from './assume-role.ts';
import { accountOfArn, assumedRoleArn, roleId } from './identity.ts';
import { newKeyId, type Origin, trailRecord } from './record.ts';

/** AssumeRoleWithSAML: the identity provider names the user, who has no ARN and no account (IAM guide). */
export function assumeRoleWithSaml(userName: string, roleArn: string, origin: Origin): Assumed {
  const accessKeyId = newKeyId();
  const account = accountOfArn(roleArn);
  const provider = `arn:aws:iam::${account}:saml-provider/digital`;
  const record = trailRecord({ source: 'sts.amazonaws.com', name: 'AssumeRoleWithSAML', account }, origin, {
    userIdentity: {
      type: 'SAMLUser',
      principalId: `sandbox:${userName}`,
      userName,
      identityProvider: 'https://idp.example.gov.uk',
    },
    requestParameters: { roleArn, principalArn: provider, roleSessionName: userName, durationSeconds: 3600 },
    responseElements: {
      credentials: { accessKeyId, sessionToken: 'CANARY-SESSION-TOKEN', expiration: 'Jan 1, 2030, 12:00:00 AM' },
      assumedRoleUser: { assumedRoleId: `${roleId(roleArn)}:${userName}`, arn: assumedRoleArn(roleArn, userName) },
      subject: userName,
      subjectType: 'persistent',
      issuer: 'https://idp.example.gov.uk',
      audience: 'https://signin.aws.amazon.com/saml',
    },
    resources: [
      { accountId: account, type: 'AWS::IAM::Role', ARN: roleArn },
      { accountId: account, type: 'AWS::IAM::SAMLProvider', ARN: provider },
    ],
  });
  return { records: [record], accessKeyId };
}
