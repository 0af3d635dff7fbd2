import { render } from 'preact';
import { Controls } from './controls.tsx';
import { PagerDuty } from './pagerduty.tsx';
import { Slack } from './slack.tsx';
import { follow, problem, state } from './state.ts';
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
            <Stories />
            <div class="places">
              <Terminal />
              <Slack />
              <PagerDuty />
            </div>
            <Timeline />
            <Controls />
          </>
        )}
      </main>
    </>
  );
}

const root = document.getElementById('page');
if (root) render(<Page />, root);
follow();
