import type { IncomingHttpHeaders } from 'node:http';

const NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Why a request is refused, as a sentence; undefined when it may pass. Pages of other sites must not reach what runs on somebody's
 * machine: a browser says in `Origin` whose page asks, and in `Host` by which name it found this port, which a site can have
 * resolved to 127.0.0.1 for a name of its own (DNS rebinding).
 */
export function whyForeign({ host = '', origin }: IncomingHttpHeaders, port: number): string | undefined {
  const name = host.toLowerCase();
  if (!isHere(name))
    return `Requests to "${host}" are refused: this is http://127.0.0.1:${port}/, and it has no other name than localhost.`;
  if (origin === undefined || origin === `http://${name}`) return undefined;
  return `Requests from other origins are refused, and "${origin}" is one: open http://127.0.0.1:${port}/ itself.`;
}

/** Under any port, for a tunnel may have given it another: no site can have these names. */
function isHere(host: string): boolean {
  return NAMES.includes(host.replace(/:\d+$/, ''));
}
