/** What the sandbox tells the thread of the functions: call one. */
export interface ToRuntime {
  readonly id: string;
  readonly name: string;
  readonly event: unknown;
  /** The virtual time at the call, and how fast it flows from there. */
  readonly now: number;
  readonly speed: number;
}

/** What comes back: the answer, or what was thrown. `ms` is real time inside the function. */
export type FromRuntime =
  | { readonly id: string; readonly ms: number; readonly answer: unknown }
  | { readonly id: string; readonly ms: number; readonly error: string };
