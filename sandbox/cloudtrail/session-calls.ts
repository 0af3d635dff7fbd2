import { isoOf } from '../../lambdas/core/time.ts';
import { accountOf, identityOf, type RoleSession } from './identity.ts';
import { type Origin, type TrailRecord, trailRecord } from './record.ts';

/** ECS Exec: a shell in a container, opened with the credentials of a role session. */
export function executeCommand(session: RoleSession, cluster: string, origin: Origin): TrailRecord {
  return call(session, 'ecs.amazonaws.com', 'ExecuteCommand', origin, {
    requestParameters: { cluster, container: 'api', command: '/bin/bash', interactive: true, task: '0f1e2d3c4b5a6978' },
    responseElements: {
      clusterArn: `arn:aws:ecs:${origin.region}:${accountOf(session)}:cluster/${cluster}`,
      containerName: 'api',
      interactive: true,
      session: { sessionId: 'ecs-execute-command-0f1e2d3c4b5a69788', tokenValue: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
    },
  });
}

/** Session Manager: a shell on a machine. */
export function startSession(session: RoleSession, instance: string, origin: Origin): TrailRecord {
  return call(session, 'ssm.amazonaws.com', 'StartSession', origin, {
    requestParameters: { target: instance },
    responseElements: {
      sessionId: `${session.name}-4njnyxxl8yn676nsla8j6l4bra`,
      tokenValue: 'Value hidden due to security reasons.',
    },
  });
}

/** Somebody stops the trail: tampering with what two-eye sees. */
export function stopLogging(session: RoleSession, origin: Origin): TrailRecord {
  return call(session, 'cloudtrail.amazonaws.com', 'StopLogging', origin, {
    requestParameters: { name: 'organisation' },
    responseElements: null,
  });
}

function call(session: RoleSession, source: string, name: string, origin: Origin, fields: object): TrailRecord {
  const userIdentity = identityOf(session, isoOf(Math.floor(origin.at / 1000) * 1000));
  const account = accountOf(session);
  return trailRecord({ source, name, account }, origin, { userIdentity, readOnly: false, ...fields });
}
