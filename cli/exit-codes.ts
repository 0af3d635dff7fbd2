/** Exit codes of the design, worst first: a bad usage hides unread input, unread input hides what `--fail-on` found. */
export const EXIT = { ok: 0, usage: 1, unreadInput: 2, failOn: 3 } as const;
