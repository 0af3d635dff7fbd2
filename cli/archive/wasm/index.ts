export { crc } from './crc';
export { begin, inflate, isInflated, slide } from './inflate';
export { ACCOUNTS, NAMES, NEEDLES, setCounts } from './lists';
export { beginScan, notWatchedOf, otherEventsOf, reachedAt, scan } from './scan';
