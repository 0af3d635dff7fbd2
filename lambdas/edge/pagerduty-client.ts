/** Loaded when PagerDuty is first called. Imported by name here, because a dynamic import of this package alone has no names once it is bundled. */
export { event } from '@pagerduty/pdjs';
