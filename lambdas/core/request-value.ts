import type { LedgerId } from './access-event.ts';

/** What a button on a request carries: which request, in whose partition. Slack signs it with the click, but anybody can see the message. */
export interface RequestValue {
  readonly ledger: LedgerId;
  readonly request: string;
  /** On the button that pins: what the request is for, for the form to start with. */
  readonly target?: string;
}

/** What a button on a finding carries. */
export interface FindingValue {
  readonly ledger: LedgerId;
  readonly finding: string;
}

const LEDGER = /^(person|principal):[^\s#]{1,300}$/;

/** Reads the value of a request's button; undefined when it is not one. */
export function requestValue(json: string | undefined): RequestValue | undefined {
  const { ledger, request, target } = fieldsOf(json);
  return isLedger(ledger) && isId(request) ? { ledger, request, ...(isId(target) && { target }) } : undefined;
}

/** Reads the value of a finding's button; undefined when it is not one. */
export function findingValue(json: string | undefined): FindingValue | undefined {
  const { ledger, finding } = fieldsOf(json);
  return isLedger(ledger) && isId(finding) ? { ledger, finding } : undefined;
}

function fieldsOf(json: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(json ?? '');
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isLedger(value: unknown): value is LedgerId {
  return typeof value === 'string' && LEDGER.test(value);
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 300;
}
