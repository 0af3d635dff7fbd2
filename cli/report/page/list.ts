import type { ActionRow, ListData, RecordRow } from '../list-data.ts';

/** How many are added at a time: a page of tens of thousands stays quick. */
const AT_ONCE = 200;

const FILTERS = [
  ['verdict', 1],
  ['person', 3],
  ['target', 4],
] as const;

/** The list of actions, the latest first, with filters; records are written when somebody opens an action. */
export function showList({ texts, actions }: ListData): void {
  const text = (at: number) => texts[at] ?? '';
  const [list, more, shown] = [byId('list'), byId('more'), byId('shown')];
  const chosen = filterForm(actions, text, () => start());
  let matching: readonly ActionRow[] = [];
  let count = 0;

  function start(): void {
    matching = actions.filter(chosen);
    count = 0;
    list.replaceChildren();
    add();
  }

  function add(): void {
    list.append(...matching.slice(count, count + AT_ONCE).map((row) => actionElement(row, text)));
    count = Math.min(matching.length, count + AT_ONCE);
    const left = matching.length - count;
    more.hidden = left === 0;
    more.textContent = `Show ${Math.min(left, AT_ONCE)} more`;
    shown.textContent = `Showing ${count.toLocaleString('en-GB')} of ${matching.length.toLocaleString('en-GB')} actions, the latest first.`;
  }

  more.addEventListener('click', add);
  start();
}

/** A choice for each of verdict, person and target, and a day. Says of a row whether it is wanted. */
function filterForm(
  actions: readonly ActionRow[],
  text: (at: number) => string,
  changed: () => void,
): (row: ActionRow) => boolean {
  const form = byId('filters');
  const selects = FILTERS.map(([name, column]) => {
    const select = document.createElement('select');
    const values = [...new Set(actions.map((row) => row[column]))].sort((one, other) =>
      text(one) < text(other) ? -1 : 1,
    );
    select.append(new Option('all', ''), ...values.map((value) => new Option(text(value), String(value))));
    form.append(labelled(name, select));
    return { select, column };
  });
  const day = document.createElement('input');
  day.type = 'date';
  form.append(labelled('day (UTC)', day));
  form.addEventListener('input', changed);
  form.addEventListener('submit', (event) => event.preventDefault());
  return (row) =>
    selects.every(({ select, column }) => select.value === '' || String(row[column]) === select.value) &&
    (day.value === '' || row[0].startsWith(day.value));
}

function labelled(name: string, control: HTMLElement): HTMLElement {
  const label = element('label', name);
  label.append(control);
  return label;
}

function actionElement(row: ActionRow, text: (at: number) => string): HTMLElement {
  const [at, verdict, urgency, actor, target, account, why, how, ip, userAgent, records] = row;
  const details = document.createElement('details');
  details.className = text(verdict);
  const told = text(urgency) === '' ? '' : ` (${text(urgency)})`;
  const known = text(actor) === 'unknown' ? 'Nobody is known' : 'Known by';
  const summary = document.createElement('summary');
  summary.append(
    element('span', at.replace('T', ' ').replace('Z', '')),
    element('b', `${text(verdict)}${told}`),
    element('span', text(actor)),
    element('span', text(target)),
    element('span', text(why)),
  );
  details.append(summary);
  details.addEventListener(
    'toggle',
    () =>
      details.append(
        element('p', `${text(account)}. ${known}: ${text(how)}. From ${text(ip)}, ${text(userAgent)}.`),
        recordTable(records, text),
      ),
    { once: true },
  );
  return details;
}

function recordTable(records: readonly RecordRow[], text: (at: number) => string): HTMLElement {
  const region = document.createElement('div');
  region.className = 'scroll';
  region.tabIndex = 0;
  region.setAttribute('role', 'region');
  region.setAttribute('aria-label', 'Records of this action');
  const table = document.createElement('table');
  const head = table.createTHead().insertRow();
  for (const title of ['when (UTC)', 'event', 'outcome', 'what', 'from', 'record']) head.append(element('th', title));
  const body = table.createTBody();
  for (const [at, event, outcome, what, ip, key] of records) {
    const cells = [at.replace('T', ' ').replace('Z', ''), text(event), text(outcome), text(what), text(ip), key];
    body.insertRow().append(...cells.map((cell) => element('td', cell)));
  }
  region.append(table);
  return region;
}

/** Text is only ever set as text: whatever a record says, it is no markup. */
function element(name: string, content: string): HTMLElement {
  const made = document.createElement(name);
  made.textContent = content;
  return made;
}

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}
