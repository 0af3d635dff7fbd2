import type { SlackStanding } from '../core/eligibility.ts';
import { TwoEyeError } from '../core/errors.ts';
import { type Instant, MINUTE_MS } from '../core/time.ts';
import { now } from './clock.ts';
import { callSlack } from './slack.ts';

/** How long membership of a user group is believed. Somebody who was removed may confirm for at most so long. */
const MEMBERS_KEPT_MS = MINUTE_MS;

interface SlackUserJson {
  readonly id: string;
  readonly team_id?: string;
  readonly deleted?: boolean;
  readonly is_bot?: boolean;
  readonly is_restricted?: boolean;
  readonly is_ultra_restricted?: boolean;
}

/** What Slack says of people, asked by `call`. */
export function slackPeopleOn(call: typeof callSlack, now: () => Instant) {
  const kept = new Map<string, { readonly members: readonly string[]; readonly until: Instant }>();

  /** What Slack says of a user now, never kept. Throws `dependency_failed` when Slack cannot say: an outage makes nobody eligible. */
  async function standingOf(user: string): Promise<SlackStanding> {
    const result = await call<{ user: SlackUserJson }>('users.info', { user });
    if (result.outcome === 'refused' && (result.code === 'user_not_found' || result.code === 'user_not_visible')) {
      return { id: user, workspace: 'unknown', standing: 'deactivated' };
    }
    if (result.outcome !== 'ok') throw failed('a user', result);
    const found = result.value.user;
    return { id: found.id, workspace: found.team_id ?? '', standing: standing(found) };
  }

  /** Slack user ids of a user group, kept for a minute. Throws `dependency_failed` when Slack cannot say and nothing fresh is kept. */
  async function membersOf(userGroup: string): Promise<readonly string[]> {
    const known = kept.get(userGroup);
    if (known && now() < known.until) return known.members;
    const result = await call<{ users: readonly string[] }>('usergroups.users.list', { usergroup: userGroup });
    if (result.outcome !== 'ok') throw failed(`the user group ${userGroup}`, result);
    kept.set(userGroup, { members: result.value.users, until: now() + MEMBERS_KEPT_MS });
    return result.value.users;
  }

  /** Forgets what is kept. For tests. */
  function forgetMembers(): void {
    kept.clear();
  }

  return { standingOf, membersOf, forgetMembers };
}

export const { standingOf, membersOf, forgetMembers } = slackPeopleOn(callSlack, now);

function standing(user: SlackUserJson): SlackStanding['standing'] {
  if (user.deleted) return 'deactivated';
  if (user.is_bot) return 'bot';
  return user.is_restricted || user.is_ultra_restricted ? 'guest' : 'full-member';
}

function failed(what: string, result: { readonly outcome: string }): TwoEyeError {
  const why = 'code' in result ? String(result.code) : result.outcome;
  return new TwoEyeError('dependency_failed', `Slack could not tell of ${what}: ${why}.`);
}
