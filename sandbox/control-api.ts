import type { ServerResponse } from 'node:http';
import type { z } from 'zod';
import { actBody, clockBody, pagerDutyBody, slackBody } from './bodies.ts';
import { checked } from './checked.ts';
import { inputsOf } from './inputs.ts';
import { json, type LoopbackAnswer, type LoopbackRequest, type LoopbackServer, serveLoopback } from './loopback.ts';
import { pageAsset } from './page-assets.ts';
import type { Sandbox } from './sandbox.ts';
import type { Act as SlackAct } from './stand-ins/slack-acting.ts';
import { personOf, STORIES, type StoryStep } from './stories.ts';
import { type Trouble, troubleBody } from './trouble.ts';

/** Serves the page and the control API of docs/sandbox.md on loopback. */
export async function serveControlApi(sandbox: Sandbox, port: number): Promise<LoopbackServer> {
  const streams = new Set<ServerResponse>();
  let planned = false;
  sandbox.onChange(() => {
    if (planned) return;
    planned = true;
    setTimeout(() => {
      planned = false;
      const data = `data: ${JSON.stringify(stateOf(sandbox))}\n\n`;
      for (const stream of streams) stream.write(data);
    }, 80).unref();
  });
  return serveLoopback(async (request, response) => {
    if (request.path === '/api/stream') return openStream(sandbox, streams, response);
    return (await route(sandbox, request)) ?? (await pageAsset(request.path)) ?? nothing(request);
  }, port);
}

function openStream(sandbox: Sandbox, streams: Set<ServerResponse>, response: ServerResponse): 'answered' {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(`data: ${JSON.stringify(stateOf(sandbox))}\n\n`);
  streams.add(response);
  response.on('close', () => streams.delete(response));
  return 'answered';
}

const nothing = ({ method, path }: LoopbackRequest): LoopbackAnswer =>
  json(404, { error: `There is nothing at ${method} ${path}; docs/sandbox.md lists what there is.` });

const bad = (error: string): LoopbackAnswer => json(400, { error });

async function route(sandbox: Sandbox, request: LoopbackRequest): Promise<LoopbackAnswer | undefined> {
  const { method, path } = request;
  switch (`${method} ${path}`) {
    case 'GET /healthz':
      return json(200, { status: 'ok' });
    case 'GET /api/state':
      return json(200, stateOf(sandbox));
    case 'GET /api/verdicts':
      return json(200, sandbox.book.lines());
    case 'GET /api/table':
      return json(200, await sandbox.table.items());
    case 'GET /api/pagerduty':
      return json(200, sandbox.pagerDuty.incidents);
    case 'GET /api/log':
      return json(200, sandbox.runtime.log());
    case 'GET /api/refusals':
      return json(200, sandbox.refusals());
    case 'GET /api/clock':
      return json(200, clockOf(sandbox));
    case 'POST /api/events':
      return postEvents(sandbox, request.bytes);
    case 'POST /api/approvals':
      return postApprovals(sandbox, request.body);
    case 'POST /api/act':
      return withJson(request, actBody(sandbox.policy), (body) => act(sandbox, body));
    case 'POST /api/pagerduty':
      return withJson(request, pagerDutyBody, (body) => actInPagerDuty(sandbox, body));
    case 'PUT /api/clock':
      return withJson(request, clockBody, (body) => setClock(sandbox, body));
    case 'PUT /api/trouble':
      return withJson(request, troubleBody, (change) => setTrouble(sandbox, change));
    case 'POST /api/settle':
      await sandbox.activity.settle();
      return json(200, { settled: true, at: new Date(sandbox.clock.now()).toISOString(), waiting: waitingOf(sandbox) });
    case 'POST /api/start-again':
      await sandbox.startAgain();
      return json(200, { at: new Date(sandbox.clock.now()).toISOString() });
    default:
      return routeWithName(sandbox, request);
  }
}

async function routeWithName(sandbox: Sandbox, request: LoopbackRequest): Promise<LoopbackAnswer | undefined> {
  const [, api, what, one, two] = partsOf(request.path);
  if (api !== 'api') return undefined;
  if (request.method === 'POST' && what === 'slack' && one === 'as' && two)
    return withJson(request, slackBody, (body) => actInSlack(sandbox, two, body));
  if (request.method === 'GET' && what === 'slack' && one)
    return json(200, sandbox.slack.messagesIn(channelOf(sandbox, one)));
  if (request.method === 'POST' && what === 'stories' && one) return playStep(sandbox, one, Number(two ?? 0));
  return undefined;
}

function partsOf(path: string): readonly string[] {
  try {
    return path.split('/').map(decodeURIComponent);
  } catch {
    return [];
  }
}

async function withJson<S extends z.ZodType<object>>(
  request: LoopbackRequest,
  schema: S,
  act: (body: z.infer<S>) => Promise<LoopbackAnswer> | LoopbackAnswer,
): Promise<LoopbackAnswer> {
  const given = parsed(request.body);
  if (given === undefined) return bad('The body must be JSON.');
  const body = checked(schema, given);
  return typeof body === 'string' ? bad(body) : act(body);
}

/** What is no JSON, and gzip that breaks off, is put on the queue in words, and is unreadable. */
function postEvents(sandbox: Sandbox, body: Buffer): LoopbackAnswer {
  const { inputs, broken } = inputsOf(body);
  const all = broken === undefined ? inputs : [...inputs, broken];
  return json(202, sandbox.putEvents(all.length === 0 ? [''] : all));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function postApprovals(sandbox: Sandbox, body: string): Promise<LoopbackAnswer> {
  const whole = parsed(body);
  const lines = Array.isArray(whole)
    ? whole.map((each) => JSON.stringify(each)).join('\n')
    : whole
      ? JSON.stringify(whole)
      : body;
  const { taken, bad: wrong } = await sandbox.putApprovals(lines);
  return json(wrong.length > 0 ? 400 : 201, { taken, bad: wrong });
}

async function act(
  sandbox: Sandbox,
  { by, doing, target = sandbox.policy.targets[0] }: z.infer<ReturnType<typeof actBody>>,
): Promise<LoopbackAnswer> {
  if (target === undefined) return bad('The policy has no target.');
  const done = await sandbox.act({ by, target, doing, at: sandbox.clock.now() });
  return typeof done === 'string' ? bad(done) : json(202, { records: done });
}

async function actInSlack(sandbox: Sandbox, who: string, act: SlackAct): Promise<LoopbackAnswer> {
  const person = sandbox.policy.people.find(({ id, slack }) => slack === who || id === who);
  const outcome = await sandbox.activity.track(sandbox.slack.actAs(person?.slack ?? who, act));
  sandbox.putEvents([]);
  return json(outcome.outcome === 'impossible' ? 400 : 200, outcome);
}

async function actInPagerDuty(
  sandbox: Sandbox,
  { action, dedupKey, by }: z.infer<typeof pagerDutyBody>,
): Promise<LoopbackAnswer> {
  const person = sandbox.policy.people.find(({ id }) => id === by);
  const user = { id: `P${by}`, name: by, ...(person && { email: person.id }) };
  const found = await sandbox.activity.track(sandbox.pagerDuty.act(action, dedupKey, user));
  return found ? json(200, { done: true }) : bad(`There is no open incident ${dedupKey}.`);
}

async function setClock(sandbox: Sandbox, { at, advance, speed }: z.infer<typeof clockBody>): Promise<LoopbackAnswer> {
  if (at !== undefined) sandbox.clock.set(at);
  const passed = advance === undefined ? 'passed' : await sandbox.clock.advance(advance, sandbox.activity.settle);
  if (passed === 'overtaken')
    return json(409, { error: 'A later request set the clock, or let time pass: this one ended where it had got to.' });
  if (speed !== undefined) sandbox.clock.setSpeed(speed);
  sandbox.putEvents([]);
  return json(200, clockOf(sandbox));
}

function setTrouble(sandbox: Sandbox, change: z.infer<typeof troubleBody>): LoopbackAnswer {
  const next: Trouble = { ...sandbox.trouble(), ...change };
  sandbox.setTrouble(next);
  return json(200, next);
}

async function playStep(sandbox: Sandbox, id: string, index: number): Promise<LoopbackAnswer> {
  const step = STORIES.find((story) => story.id === id)?.steps[index];
  if (step === undefined) return bad(`There is no step ${index} of a story "${id}".`);
  return runStep(sandbox, step);
}

/** Plays one step of a story through the same routes that people use. */
export async function runStep(sandbox: Sandbox, step: StoryStep): Promise<LoopbackAnswer> {
  const { policy } = sandbox;
  let last = json(200, {});
  for (const { method, path: at, body } of step.calls) {
    const path = typeof at === 'function' ? at(policy) : at;
    const text = JSON.stringify(typeof body === 'function' ? body(policy) : body);
    const request = { method, path, body: text, bytes: Buffer.from(text), headers: {}, query: new URLSearchParams() };
    last = (await route(sandbox, request)) ?? last;
    await sandbox.activity.settle();
    if (last.status >= 400) return last;
  }
  return last;
}

function groupName({ groups }: Sandbox['policy'], userGroup: string): string {
  const found = Object.entries(groups).find(
    ([, { kind, ...rest }]) => 'slackUserGroup' in rest && rest.slackUserGroup === userGroup,
  );
  return found?.[0] ?? userGroup;
}

function channelOf(sandbox: Sandbox, name: string): string {
  const channels = [...sandbox.slack.workspace.channels.values()];
  return channels.find((each) => each.id === name || each.name === name.replace(/^#/, ''))?.id ?? name;
}

const clockOf = ({ clock }: Sandbox) => ({ at: new Date(clock.now()).toISOString(), speed: clock.speed() });

const waitingOf = ({ queues }: Sandbox): number =>
  queues.reduce((sum, queue) => sum + queue.counts().inFlight + queue.counts().delayed, 0);

/** Everything that the page shows. */
export function stateOf(sandbox: Sandbox) {
  const { policy, slack, pagerDuty, timeline } = sandbox;
  const { channels, messages, ephemerals, modals } = slack.workspace;
  return {
    clock: clockOf(sandbox),
    people: policy.people.map(({ id, slack: slackId }) => ({ id, slack: slackId })),
    groups: Object.fromEntries([...slack.workspace.userGroups.keys()].map((id) => [id, groupName(policy, id)])),
    homes: Object.fromEntries(slack.workspace.homes),
    targets: policy.targets.map(({ id, title, door }) => ({ id, title, kind: door.kind })),
    trouble: sandbox.trouble(),
    channels: [...channels.values()],
    messages: messages.slice(-150),
    ephemerals: ephemerals.slice(-20),
    modals,
    incidents: pagerDuty.incidents,
    timeline: timeline.entries().slice(0, 40),
    waiting: waitingOf(sandbox),
    terminal: sandbox.terminal(),
    stories: STORIES.map(({ id, title, steps }) => ({
      id,
      title,
      steps: steps.map(({ say, by }) => ({ say, by: personOf(policy, by).id })),
    })),
  };
}

export type PageState = ReturnType<typeof stateOf>;
