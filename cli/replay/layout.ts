import { cut, cutMiddle, GAP, widthOf } from '../plain-table.ts';

/** What a row can show; a layout chooses among them. */
export interface Cells {
  readonly when: string;
  /** Without the seconds. */
  readonly minute: string;
  readonly verdict: string;
  readonly who: string;
  readonly what: string;
  /** What was used, or where something unreadable is. */
  readonly subject: string;
  /** The account with name and number, or where something unreadable is. */
  readonly where: string;
  /** The account by its name alone. */
  readonly account: string;
  readonly why: string;
}

interface Column {
  readonly cell: keyof Cells;
  /** Columns of the terminal that it can be cut to; nothing where it is not cut. */
  readonly least?: number;
}

type Layout = readonly Column[];

const VERDICT: Column = { cell: 'verdict' };
/** Narrower, a reason says nothing. */
const WHY: Column = { cell: 'why', least: 16 };

/** Everything. */
const WHOLE: Layout = [{ cell: 'when' }, VERDICT, { cell: 'who' }, { cell: 'what' }, { cell: 'where' }, WHY];

/** From the widest to the narrowest: what a narrow terminal does without, and in which order. */
const LAYOUTS: readonly [Layout, ...Layout[]] = [
  WHOLE,
  [{ cell: 'when' }, VERDICT, { cell: 'who' }, { cell: 'what' }, { cell: 'account' }, WHY],
  [{ cell: 'minute' }, VERDICT, { cell: 'who' }, { cell: 'what' }, { cell: 'account' }, WHY],
  [
    { cell: 'minute' },
    VERDICT,
    { cell: 'who', least: 18 },
    { cell: 'what', least: 20 },
    { cell: 'account', least: 12 },
    WHY,
  ],
  [{ cell: 'minute' }, VERDICT, { cell: 'who', least: 16 }, { cell: 'subject', least: 16 }, WHY],
  [{ cell: 'minute' }, VERDICT, { cell: 'who', least: 8 }, { cell: 'subject', least: 8 }],
];

/** Who did what comes before the rest where there is room to give. */
const FIRST_SERVED: readonly (keyof Cells)[] = ['who', 'what', 'subject', 'where', 'account', 'why'];

/** The rows in the first layout that the width has room for, each column cut to what it is given; whole where no width is known. */
export function fitted(rows: readonly Cells[], width: number | undefined): string[][] {
  if (width === undefined) return rows.map((row) => WHOLE.map(({ cell }) => row[cell]));
  const needed = neededBy(rows);
  const layout = LAYOUTS.find((each) => leastOf(each, needed) <= width) ?? LAYOUTS.at(-1) ?? WHOLE;
  const rooms = roomsIn(layout, needed, width);
  return rows.map((row) => layout.map(({ cell }) => shortened(cell, row[cell], rooms[cell] ?? 0)));
}

type Widths = Partial<Record<keyof Cells, number>>;

function neededBy(rows: readonly Cells[]): Widths {
  const needed: Widths = {};
  for (const row of rows)
    for (const cell of Object.keys(row) as (keyof Cells)[])
      needed[cell] = Math.max(needed[cell] ?? 0, widthOf(row[cell]));
  return needed;
}

function leastOf(layout: Layout, needed: Widths): number {
  const gaps = (layout.length - 1) * GAP.length;
  return layout.reduce((sum, column) => sum + leastRoom(column, needed), gaps);
}

function leastRoom({ cell, least = Number.POSITIVE_INFINITY }: Column, needed: Widths): number {
  return Math.min(needed[cell] ?? 0, least);
}

function roomsIn(layout: Layout, needed: Widths, width: number): Widths {
  const rooms: Widths = Object.fromEntries(layout.map((column) => [column.cell, leastRoom(column, needed)]));
  let spare = Math.max(0, width - leastOf(layout, needed));
  for (const cell of FIRST_SERVED) {
    const room = rooms[cell];
    if (room === undefined) continue;
    const more = Math.min(spare, (needed[cell] ?? 0) - room);
    rooms[cell] = room + more;
    spare -= more;
  }
  return rooms;
}

function shortened(cell: keyof Cells, text: string, room: number): string {
  return cell === 'who' || cell === 'why' ? cut(text, room) : cutMiddle(text, room);
}
