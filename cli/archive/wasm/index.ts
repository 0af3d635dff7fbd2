export { inflate } from './inflate';
export { NAMES, NEEDLES, notWatchedOf, otherEventsOf, ROLE_NAMES, scan, setCounts, totalOf } from './scan';
