/** Text that can be read by itself. `shift` turns an offset in it into one in the whole. */
export interface CutText {
  readonly text: Buffer;
  readonly shift: number;
}

const OPENING = /^(?:\u00ef\u00bb\u00bf)?\s*(\{\s*"Records"\s*:\s*)?\[/;
const HEAD_BYTES = 64;
const [BEFORE, BEHIND] = [Buffer.from('{"Records":['), Buffer.from(']}')];
const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];

/**
 * Cuts a text that comes in chunks into texts of about `size` bytes: a trail file or list between records, anything else
 * before a line that opens an object. It understands brackets and quotes alone; what is in between is for the reader.
 * A class, since it lives from chunk to chunk.
 */
export class RecordCutter {
  readonly #size: number;
  #pending: Buffer = Buffer.alloc(0);
  /** What came since, and how many bytes that is. */
  #chunks: Buffer[] = [];
  #length = 0;
  /** Where `pending` begins in the whole. */
  #base = 0;
  #mode: 'start' | 'list' | 'text' = 'start';
  // Of the list under way: how far it was walked, the last comma between records, depth, and whether in a string.
  #at = 0;
  #comma = -1;
  #depth = 0;
  #inString = false;
  #wasCut = false;

  constructor(size: number) {
    this.#size = size;
  }

  /** Takes a chunk; gives what can be read now. */
  take(chunk: Buffer): CutText[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#size) return [];
    this.#join();
    if (this.#mode === 'start') this.#begin(HEAD_BYTES);
    if (this.#mode === 'list') return this.#cutList();
    if (this.#mode === 'text') return this.#cutText();
    return [];
  }

  /** What is left, once there is no more. A list that was not closed is left so, for the reader to name. */
  rest(): CutText[] {
    this.#join();
    if (this.#mode === 'start') this.#begin(0);
    return this.#left(this.#pending);
  }

  #left(text: Buffer): CutText[] {
    if (text.length === 0 && this.#mode !== 'list') return [];
    // After a cut, a list that closes at once had a comma too many: left bare, it is named.
    if (this.#mode !== 'list' || (this.#wasCut && /^\s*\]/.test(text.toString('latin1', 0, HEAD_BYTES))))
      return [{ text, shift: this.#base }];
    return [{ text: Buffer.concat([BEFORE, text]), shift: this.#base - BEFORE.length }];
  }

  /** Once a batch and not once a chunk: what is thrown away counts as memory until it is collected. */
  #join(): void {
    this.#pending = Buffer.concat([this.#pending, ...this.#chunks]);
    this.#chunks = [];
    this.#length = 0;
  }

  #begin(atLeast: number): void {
    if (this.#pending.length < atLeast) return;
    const opening = OPENING.exec(this.#pending.toString('latin1', 0, HEAD_BYTES));
    // A bare list ends otherwise than a trail file, so only the latter is cut between records.
    if (opening?.[1] === undefined) this.#mode = 'text';
    else {
      this.#mode = 'list';
      this.#drop(opening[0].length);
    }
  }

  #drop(bytes: number): void {
    this.#pending = this.#pending.subarray(bytes);
    this.#base += bytes;
    this.#at = Math.max(0, this.#at - bytes);
    this.#comma = -1;
  }

  #cutList(): CutText[] {
    this.#walk();
    if (this.#depth < 0) return this.#cutBehindList();
    if (this.#comma < 0) return [];
    const elements = this.#pending.subarray(0, this.#comma);
    const cut = { text: Buffer.concat([BEFORE, elements, BEHIND]), shift: this.#base - BEFORE.length };
    this.#drop(this.#comma + 1);
    this.#wasCut = true;
    return [cut];
  }

  /** The list is closed: what it still holds, and up to where another document opens. */
  #cutBehindList(): CutText[] {
    const joined = /^\s*\}\s*(?=\{)/.exec(this.#pending.toString('latin1', this.#at, this.#at + HEAD_BYTES));
    const line = this.#pending.indexOf('\n{', this.#at);
    const end = joined === null ? line + 1 : this.#at + joined[0].length;
    if (end === 0) return [];
    const cut = this.#left(this.#pending.subarray(0, end));
    this.#drop(end);
    this.#mode = 'start';
    this.#at = 0;
    this.#depth = 0;
    this.#wasCut = false;
    this.#begin(0);
    return cut;
  }

  /** Walks what is new, up to the end of the list: what follows it stays where it is. */
  #walk(): void {
    const bytes = this.#pending;
    let at = this.#at;
    while (at < bytes.length && this.#depth >= 0) {
      const byte = bytes[at];
      if (this.#inString) {
        if (byte === BACKSLASH) at += 1;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) this.#inString = true;
      else if (byte === 0x7b || byte === 0x5b) this.#depth += 1;
      else if (byte === 0x7d || byte === 0x5d) this.#depth -= 1;
      else if (byte === COMMA && this.#depth === 0) this.#comma = at;
      at += 1;
    }
    this.#at = at;
  }

  #cutText(): CutText[] {
    const line = this.#pending.lastIndexOf('\n{');
    if (line < 0) return [];
    const cut = { text: this.#pending.subarray(0, line + 1), shift: this.#base };
    this.#drop(line + 1);
    return [cut];
  }
}
