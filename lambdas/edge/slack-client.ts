/**
 * Slack's client, to be loaded when it is first needed. A dynamic import of a CommonJS package has no names once it is
 * bundled in pieces, only `default` (https://github.com/evanw/esbuild/issues/3245); through this module they stay.
 */
export { LogLevel, WebClient } from '@slack/web-api';
