export { begin, inflate } from './inflate';
export { ACCOUNTS, NAMES, NEEDLES, notWatchedOf, otherEventsOf, scan, setCounts } from './scan';
