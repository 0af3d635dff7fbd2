import { piecesOf } from '../cli/archive/documents.ts';
import { gunzip, isGzip } from '../cli/archive/gunzip.ts';

/** What stands in a file: records, envelopes or whatever else its JSON holds; of what is none, the text, which then is unreadable. */
export interface FileInputs {
  readonly inputs: readonly unknown[];
  /** Why gzip could not be unpacked to its end. */
  readonly broken?: string;
}

const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/** Takes a trail file, JSON Lines, a list or one document apart, plain or in gzip, as `two-eye replay` does. */
export function inputsOf(packed: Buffer): FileInputs {
  const { bytes, broken } = isGzip(packed) ? gunzip(packed) : { bytes: packed, broken: undefined };
  const text = bytes.subarray(bytes.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0);
  const inputs = piecesOf(text).map((piece) =>
    piece.kind === 'value' ? piece.value : lineAt(text, piece.offset) || piece.why,
  );
  return { inputs, ...(broken && { broken: broken.why }) };
}

function lineAt(text: Buffer, offset: number): string {
  const end = text.indexOf('\n', offset);
  return text.toString('utf8', offset, end < 0 ? text.length : end).trim();
}
