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
  const [list, more, all, shown] = [byId('list'), byId('more'), byId('all'), byId('shown')];
  const filters = filterForm(actions, text, () => start());
  let matching: readonly ActionRow[] = [];
  let count = 0;

  function start(): void {
    matching = actions.filter(filters.wants);
    count = 0;
    list.replaceChildren();
    add(AT_ONCE);
  }

  function add(most: number): void {
    list.append(...matching.slice(count, count + most).map((row) => actionElement(row, text)));
    count = Math.min(matching.length, count + most);
    const left = matching.length - count;
    more.hidden = left === 0;
    all.hidden = left <= AT_ONCE;
    more.textContent = `Show ${Math.min(left, AT_ONCE)} more`;
    all.textContent = `Show all ${figure(matching.length)}`;
    shown.textContent = [
      `Showing ${figure(count)} of ${figure(matching.length)} actions, the latest first.`,
      ...(filters.set().length === 0 ? [] : [`Of ${figure(actions.length)}, by ${filters.set().join(', ')}.`]),
    ].join(' ');
  }

  more.addEventListener('click', () => add(AT_ONCE));
  all.addEventListener('click', () => add(matching.length));
  start();
}

function figure(value: number): string {
  return value.toLocaleString('en-GB');
}

interface ChosenFilters {
  readonly wants: (row: ActionRow) => boolean;
  /** Those that are set, in words: on paper the form is not. */
  readonly set: () => readonly string[];
}

/** A choice for each of verdict, person and target, and a day. */
function filterForm(actions: readonly ActionRow[], text: (at: number) => string, changed: () => void): ChosenFilters {
  const form = byId('filters');
  const selects = FILTERS.map(([name, column]) => {
    const select = document.createElement('select');
    const values = [...new Set(actions.map((row) => row[column]))].sort((one, other) =>
      text(one) < text(other) ? -1 : 1,
    );
    select.append(new Option('all', ''), ...values.map((value) => new Option(text(value), String(value))));
    form.append(labelled(name, select));
    return { name, select, column };
  });
  const day = document.createElement('input');
  day.type = 'date';
  form.append(labelled('day (UTC)', day));
  form.addEventListener('input', changed);
  form.addEventListener('submit', (event) => event.preventDefault());
  return {
    wants: (row) =>
      selects.every(({ select, column }) => select.value === '' || String(row[column]) === select.value) &&
      (day.value === '' || row[0].startsWith(day.value)),
    set: () => [
      ...selects
        .filter(({ select }) => select.value !== '')
        .map(({ name, select }) => `${name} ${text(Number(select.value))}`),
      ...(day.value === '' ? [] : [`day ${day.value} (UTC)`]),
    ],
  };
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
