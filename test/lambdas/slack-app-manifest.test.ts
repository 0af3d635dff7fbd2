import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const file = (name: string) => readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8');
const manifest = parse(file('slack-app.manifest.yaml')) as {
  features: {
    slash_commands: { command: string; url: string }[];
    shortcuts: { callback_id: string; name: string; description: string }[];
  };
  functions: Record<string, { input_parameters: Record<string, { name: string; description: string }> }>;
  oauth_config: { scopes: { bot: string[] } };
  settings: {
    event_subscriptions: { request_url: string; bot_events: string[] };
    interactivity: Record<string, string | boolean>;
    function_runtime: string;
  };
};

it('justifies every scope and event of the manifest in docs/slack-app.md', () => {
  const words = file('docs/slack-app.md');
  for (const name of [...manifest.oauth_config.scopes.bot, ...manifest.settings.event_subscriptions.bot_events]) {
    expect(words).toContain(`\`${name}\``);
  }
});

it('sends everything to the one address that on-slack answers', () => {
  const { interactivity, event_subscriptions: events } = manifest.settings;
  const urls = [
    interactivity.request_url,
    interactivity.message_menu_options_url,
    events.request_url,
    manifest.features.slash_commands[0]?.url,
  ];
  expect(new Set(urls).size).toBe(1);
  expect(String(urls[0])).toMatch(/\/slack$/);
});

it('names the command, shortcut and step that on-slack knows, within Slack’s lengths', () => {
  expect(manifest.features.slash_commands.map(({ command }) => command)).toEqual(['/2i']);
  expect(manifest.features.shortcuts.map(({ callback_id: id }) => id)).toEqual(['action_notification']);
  expect(
    manifest.features.shortcuts.every(({ name, description }) => name.length <= 24 && description.length <= 150),
  ).toBe(true);
  const inputs = manifest.functions.action_notification?.input_parameters ?? {};
  expect(Object.keys(inputs)).toEqual(['requester', 'target', 'reason', 'approver', 'ticket', 'emergency']);
});
