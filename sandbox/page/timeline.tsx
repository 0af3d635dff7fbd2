import { state } from './state.ts';
import { dayOf, timeOf } from './time.ts';

/** Each action on its way: event, verdict, approval, told, closed; latest first. */
export function Timeline() {
  const entries = state.value?.timeline ?? [];
  return (
    <section class="timeline" aria-labelledby="timeline">
      <h2 id="timeline">What happened, and why</h2>
      {entries.length === 0 && (
        <p class="quiet">Nothing yet. Run something at the terminal, or step through a story.</p>
      )}
      <ol>
        {entries.slice(0, 8).map((entry) => (
          <li key={entry.id}>
            <h3>
              <span class={`tag ${entry.line?.verdict ?? 'waiting'}`}>{entry.line?.verdict ?? 'on its way'}</span>{' '}
              {entry.line ? `${entry.line.actor}, ${entry.line.target}` : entry.title}
            </h3>
            <p class="when">{dayOf(entry.line?.occurredAt ?? entry.at)}</p>
            <ol class="steps">
              {entry.steps.map((step, index) => (
                <li key={index} class={step.what}>
                  <span class="when">
                    {timeOf(step.at)}
                    {step.tookMs !== undefined && `, after ${Math.round(step.tookMs)} ms`}
                  </span>{' '}
                  {step.text}
                  {step.why?.map((why) => (
                    <span class="why" key={why}>
                      {why}
                    </span>
                  ))}
                </li>
              ))}
            </ol>
          </li>
        ))}
      </ol>
    </section>
  );
}
