import type { Caller } from '../caller.ts';
import { objectIn, type RawRecord, textIn } from '../raw-record.ts';
import { outcomeOf, recipientOf, SOME_CLUSTER, type Use } from './use.ts';

/** ECS Exec. A request without a cluster is for the one named `default` (ECS API reference). */
export function readExecuteCommand(record: RawRecord, caller: Caller): Use | undefined {
  const account = recipientOf(record, caller);
  const named = textIn(objectIn(record, 'requestParameters'), 'cluster', 512);
  const answered = textIn(objectIn(record, 'responseElements'), 'clusterArn', 512);
  const cluster = (answered || named || 'default').split('/').at(-1) ?? '';
  return {
    kind: 'shell',
    used: { door: 'shell', account, by: 'ecs', cluster },
    account,
    resource: answered || named || 'default',
    outcome: outcomeOf(record),
  };
}

/**
 * Session Manager: a shell on an instance, a tunnel (`AWS-StartPortForwardingSession…`, shown with the host it leads
 * to), or, with `ecs:cluster_task_runtime` as target, a way round ECS Exec. What is resumed is named by its session alone.
 */
export function readStartSession(record: RawRecord, caller: Caller): Use | undefined {
  const account = recipientOf(record, caller);
  const request = objectIn(record, 'requestParameters');
  const target = textIn(request, 'target', 512) || textIn(request, 'sessionId', 512);
  const cluster = clusterOf(target);
  return {
    kind: 'shell',
    used: { door: 'shell', account, by: 'ssm', ...(cluster === undefined ? {} : { cluster }) },
    account,
    resource: [target || 'an instance that is not named', tunnelOf(request)].filter((part) => part !== '').join(' '),
    outcome: outcomeOf(record),
  };
}

/** A cluster's name may hold `_` itself (ECS API reference, CreateCluster); sessions of ECS Exec begin with its name and do not say where they lead. */
function clusterOf(target: string): string | undefined {
  if (target.startsWith('ecs-execute-command-')) return SOME_CLUSTER;
  if (!target.startsWith('ecs:')) return undefined;
  const parts = target.slice('ecs:'.length).split('_');
  return parts.slice(0, Math.max(1, parts.length - 2)).join('_');
}

function tunnelOf(request: { readonly [name: string]: unknown }): string {
  const parameters = objectIn(request, 'parameters');
  const [host, port] = ['host', 'portNumber'].map((name) => {
    const value: unknown = parameters[name];
    const first: unknown = Array.isArray(value) ? value[0] : value;
    // Nothing else is made a text of: an object from JSON may have a `toString` that is no function.
    return typeof first === 'string' || typeof first === 'number' ? String(first).slice(0, 256) : '';
  });
  return host || port ? `to ${host || 'localhost'}:${port || '?'}` : '';
}

/** EC2 Instance Connect: a key that opens a shell for a minute, a serial console, or a tunnel. */
export function readInstanceConnect(record: RawRecord, caller: Caller): Use | undefined {
  const account = recipientOf(record, caller);
  const request = objectIn(record, 'requestParameters');
  const endpoint = textIn(request, 'instanceConnectEndpointId', 128) || textIn(request, 'remotePort', 32);
  return {
    kind: 'shell',
    used: { door: 'shell', account, by: 'instance-connect' },
    account,
    resource: textIn(request, 'instanceId', 128) || endpoint || 'an instance that is not named',
    outcome: outcomeOf(record),
  };
}
