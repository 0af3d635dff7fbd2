#!/usr/bin/env bash
# Judges the archive under each policy that the pull request changes, as its base has it and as it is now, and writes the comment's Markdown.
#   POLICY    path of the policy file, or a pattern of several (policy/*.yaml)
#   ARCHIVE APPROVALS MEMBERS  as the inputs of the action
#   BASE      commit that the pull request changes; base.sh has fetched it
#   COMMENT   file to write
#   GITHUB_STEP_SUMMARY        every changed use goes there, and, where it is too long or there is none, to the log
# Exit, the first of these that any policy comes to: 1 the policy is not right, 2 some of the archive could not be read, 3 a change, 0 none.
set -euo pipefail
: "${TWO_EYE:=npm run -s two-eye --}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# A line of the log that looks like a command of the runner would be obeyed.
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands (stopping and starting)
say() {
  local mark
  mark=$(basename "$scratch")
  echo "::stop-commands::$mark"
  cat "$@"
  printf '\n::%s::\n' "$mark"
}

# What is left of the comment's 65,536 characters for each policy; a table is cut between its rows.
cut_to() {
  if [ "$(wc -c < "$2")" -le "$1" ]; then cat "$2"; return; fi
  head -c "$1" "$2" | sed '$d'
  printf '\n… cut: the rest is in the summary or the log of this check.\n'
}

summarise() {
  # GitHub takes 1 MiB of a step.
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ "$(cat "$1" "$GITHUB_STEP_SUMMARY" 2> /dev/null | wc -c)" -lt 1000000 ]
  then cat "$1" >> "$GITHUB_STEP_SUMMARY"
  else say "$1"; fi
}

preview() { # POLICY, of which $part names the files that are made
  if [ ! -e "$1" ]; then
    echo 'This pull request takes the policy away: nothing that it watches would be recorded.' > "$part.md"
    return 3
  elif git cat-file -e "$BASE:$1" 2> /dev/null; then
    git show "$BASE:$1" > "$part.yaml"
    $TWO_EYE policy preview "$part.yaml" "$1" "$ARCHIVE" --all "$part.all" \
      ${APPROVALS:+--approvals "$APPROVALS"} ${MEMBERS:+--members "$MEMBERS"} > "$part.md" 2> "$part.said"
  else
    echo 'This pull request adds the policy: there is none to compare it with.' > "$part.md"
    $TWO_EYE policy check "$1" > /dev/null 2> "$part.said"
  fi
}

section() { # EXIT CODE
  case "$1" in
    0 | 2 | 3)
      cut_to "$most" "$part.md"
      if [ "$1" = 2 ]; then printf '\n**Some of the archive or of the approvals could not be read, or there was none; see the log of this check.**\n'; fi
      ;;
    *)
      printf 'The policy is not right, or the preview could not be made:\n\n~~~~\n'
      head -c "$most" "$part.said" | sed 's/~~~/~ ~ ~/g'
      printf '\n~~~~\n'
      ;;
  esac
}

mapfile -t patterns < <(sed -n 's/^..*/:(glob)&/p' <<< "$POLICY")
git cat-file -e "$BASE^{commit}"
mapfile -d '' -t changed < <(git diff -z --name-only --no-renames "$BASE" -- "${patterns[@]}")
most=$((60000 / (${#changed[@]} > 0 ? ${#changed[@]} : 1)))
worst=0
echo '<!-- two-eye policy preview -->' > "$COMMENT"
if [ "${#changed[@]}" = 0 ]; then echo 'This pull request no longer changes a policy.' >> "$COMMENT"; fi
for index in "${!changed[@]}"; do
  policy=${changed[$index]}
  part=$scratch/$index
  : > "$part.said"
  code=0
  preview "$policy" || code=$?
  if [ -s "$part.said" ]; then say "$part.said"; fi
  {
    if [ "${#changed[@]}" -gt 1 ]; then printf '# `%s`\n\n' "${policy//[^[:alnum:]._\/-]/·}"; fi
    section "$code"
    echo
  } >> "$COMMENT"
  if [ -s "$part.all" ]; then summarise "$part.all"; fi
  for each in 1 2 3; do
    if [ "$worst" = "$each" ] || [ "$code" = "$each" ]; then worst=$each; break; fi
  done
  case "$code" in 0 | 1 | 2 | 3) ;; *) worst=1 ;; esac
done
exit "$worst"
