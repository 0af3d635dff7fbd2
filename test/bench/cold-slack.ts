import { pathToFileURL } from 'node:url';
import { json, serveLoopback } from '../../sandbox/loopback.ts';
import { serveSecrets } from '../../sandbox/secrets-extension.ts';
import { httpApiEvent } from '../../sandbox/stand-ins/http-api-event.ts';
import { signed } from '../../sandbox/stand-ins/slack-acting.ts';

// A process of its own: what somebody waits for who presses the shortcut while no `on-slack` is warm. Prints milliseconds
// from before the bundle is loaded until the form is open and Slack has its answer; booting the process does not count.

const SECRET = 'signing-secret-of-the-bench';

const [bundle = '', policyFile = ''] = process.argv.slice(2);
const secrets = await serveSecrets({ 'two-eye/slack': { botToken: 'xoxb-bench', signingSecret: SECRET } }, 'session');
const slack = await serveLoopback(async () => json(200, { ok: true, users: [] }));
Object.assign(process.env, {
  POLICY_FILE: policyFile,
  SLACK_API_URL: `${slack.url}/api/`,
  AWS_SESSION_TOKEN: 'session',
  PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: String(secrets.port),
});
const event = httpApiEvent(signed(SECRET, Date.now(), form(), 'application/x-www-form-urlencoded'));

const from = performance.now();
const { handler } = (await import(pathToFileURL(bundle).href)) as { handler: (event: unknown) => Promise<Answer> };
const { statusCode } = await handler(event);
const tookMs = performance.now() - from;
if (statusCode !== 200) throw new Error(`on-slack answered ${statusCode}.`);
process.stdout.write(String(tookMs));
process.exit(0);

interface Answer {
  readonly statusCode: number;
}

function form(): string {
  const who = { user: { id: 'U01ADA' }, team: { id: 'T01GDS' } };
  const payload = { type: 'shortcut', callback_id: 'action_notification', trigger_id: '1.bench', ...who };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}
