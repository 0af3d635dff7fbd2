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
