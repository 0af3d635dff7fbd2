import { render } from 'preact';
import { OwnData, Toolbar } from './controls.tsx';
import { Modal } from './modal.tsx';
import { PagerDuty } from './pagerduty.tsx';
import { Slack } from './slack.tsx';
import { follow, person, problem, state } from './state.ts';
import { Stories } from './stories.tsx';
import { Terminal } from './terminal.tsx';
import { Timeline } from './timeline.tsx';

function Page() {
  return (
    <>
      <header>
        <h1>two-eye</h1>
        <p>Every use of privileged access, matched to one second person’s approval.</p>
      </header>
      <main>
        <p class="problem" role="alert">
          {problem.value}
        </p>
        {state.value === undefined ? (
          <p>Connecting…</p>
        ) : (
          <>
            <Toolbar />
            <div class="top">
              <Stories />
              <Who />
            </div>
            <div class="stage">
              <div class="hands">
                <Terminal />
                <PagerDuty />
              </div>
              <Slack />
              <Timeline />
            </div>
            <OwnData />
            <Modal />
          </>
        )}
      </main>
    </>
  );
}

/** Who sits at the keyboard, at the terminal and in Slack alike. */
function Who() {
  return (
    <label class="who">
      You are
      <select value={person.value} onChange={(event) => (person.value = event.currentTarget.value)}>
        {state.value?.people.map(({ id }) => (
          <option key={id}>{id}</option>
        ))}
      </select>
    </label>
  );
}

const root = document.getElementById('page');
if (root) render(<Page />, root);
follow();
