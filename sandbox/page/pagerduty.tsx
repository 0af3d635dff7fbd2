import { call, person, state } from './state.ts';
import { timeOf } from './time.ts';

/** PagerDuty's incidents, and what the person at the keyboard does with them. */
export function PagerDuty() {
  const incidents = [...(state.value?.incidents ?? [])].reverse();
  const act = (action: string, dedupKey: string) =>
    void call('POST', '/api/pagerduty', { action, dedupKey, by: person.value });
  return (
    <section class="place" aria-labelledby="pagerduty">
      <h2 id="pagerduty">PagerDuty</h2>
      {incidents.length === 0 && <p class="quiet">No incidents. Nobody is woken.</p>}
      {incidents.map((incident) => (
        <article key={incident.id} class="incident">
          <p class="by">
            <strong class={`tag ${incident.status}`}>{incident.status}</strong> {incident.service},{' '}
            {timeOf(incident.openedAt)}
          </p>
          <p>{incident.summary}</p>
          <Details incident={incident} />
          {incident.status !== 'resolved' && (
            <p class="slack-actions">
              {incident.status === 'triggered' && (
                <button type="button" onClick={() => act('acknowledge', incident.dedupKey)}>
                  Acknowledge
                </button>
              )}
              <button type="button" class="plain" onClick={() => act('resolve', incident.dedupKey)}>
                Resolve
              </button>
            </p>
          )}
        </article>
      ))}
    </section>
  );
}

type Incident = NonNullable<typeof state.value>['incidents'][number];

/** What the on-call person is sent along, and what became of the incident. */
function Details({ incident: { details, links, log } }: { readonly incident: Incident }) {
  const facts = Object.entries((details ?? {}) as Readonly<Record<string, unknown>>);
  const all = (links ?? []) as readonly { readonly href: string; readonly text?: string }[];
  return (
    <details>
      <summary>Details</summary>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name.replaceAll('_', ' ')}</dt>
            <dd>{typeof value === 'string' ? value : [value].flat().map(shown).join('\n')}</dd>
          </div>
        ))}
        {log.map(({ at, what, by }) => (
          <div key={`${at} ${what}`}>
            <dt>{timeOf(at)}</dt>
            <dd>
              {what} by {by}
            </dd>
          </div>
        ))}
      </dl>
      {all.map(({ href, text }) => (
        <p key={href} class="quiet">
          {text ?? 'Link'}: {href}
        </p>
      ))}
    </details>
  );
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
