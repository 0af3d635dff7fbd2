export { ACCOUNTS, NAMES, NEEDLES, setCounts } from './lists';
export { beginPacked, FILE, FOUND, nextStretch, shiftOf } from './packed';
export { beginScan, notWatchedOf, otherEventsOf, scan } from './scan';
